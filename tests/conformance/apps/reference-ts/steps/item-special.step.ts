export const config = { type: 'api', name: 'Special Item', path: '/items/special', method: 'GET', emits: [] } as const

export const handler = async () => ({ status: 200, body: { route: 'special' } })
