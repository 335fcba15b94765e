export const config = { type: 'api', name: 'Only Options', path: '/only-options', method: 'OPTIONS', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'OPTIONS' }, headers: { 'X-Method': 'OPTIONS' } })
