export const config = { type: 'api', name: 'Method GET', path: '/method', method: 'GET', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'GET' }, headers: { 'X-Method': 'GET' } })
