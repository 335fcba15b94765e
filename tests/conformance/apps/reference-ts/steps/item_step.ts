export const config = { type: 'api', name: 'Item', path: '/items/:id', method: 'GET', emits: [] }

export const handler = async (req: any) => ({ status: 200, body: { route: 'item', id: req.pathParams.id } })
