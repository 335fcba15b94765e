import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PutMessage',
  method: 'PUT',
  path: '/rooms/:room/messages/:id',
  emits: [],
}

export const handler: Handlers['PutMessage'] = async (req, { streams }) => {
  const { room = '', id = '' } = req.pathParams
  return { status: 200, body: await streams.chat.set(room, id, req.body) }
}
