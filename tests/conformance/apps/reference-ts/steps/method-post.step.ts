export const config = { type: 'api', name: 'Method POST', path: '/method', method: 'POST', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'POST' }, headers: { 'X-Method': 'POST' } })
