export const config = { type: 'api', name: 'Method PATCH', path: '/method', method: 'PATCH', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'PATCH' }, headers: { 'X-Method': 'PATCH' } })
