export const config = { type: 'api', name: 'Method PUT', path: '/method', method: 'PUT', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'PUT' }, headers: { 'X-Method': 'PUT' } })
