export const config = { name: 'notices', schema: { type: 'object', properties: { text: { type: 'string' } } } }
