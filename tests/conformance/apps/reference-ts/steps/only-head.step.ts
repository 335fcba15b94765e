export const config = { type: 'api', name: 'Only Head', path: '/only-head', method: 'HEAD', emits: [] }

export const handler = async () => ({ status: 200, body: {}, headers: { 'X-Method': 'HEAD' } })
