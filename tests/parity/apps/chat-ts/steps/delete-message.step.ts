import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'DeleteMessage',
  method: 'DELETE',
  path: '/rooms/:room/messages/:id',
  emits: [],
}

export const handler: Handlers['DeleteMessage'] = async (req, { streams }) => {
  const { room = '', id = '' } = req.pathParams
  const deleted = await streams.chat.delete(room, id)
  return { status: deleted ? 200 : 404, body: deleted }
}
