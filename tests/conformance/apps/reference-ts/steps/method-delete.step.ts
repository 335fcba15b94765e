export const config = { type: 'api', name: 'Method DELETE', path: '/method', method: 'DELETE', emits: [] }

export const handler = async () => ({ status: 200, body: { method: 'DELETE' }, headers: { 'X-Method': 'DELETE' } })
