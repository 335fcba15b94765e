import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'TellRoom',
  method: 'POST',
  path: '/rooms/:room/events/:id?',
  emits: [],
}

export const handler: Handlers['TellRoom'] = async (req, { streams }) => {
  const { room = '', id } = req.pathParams
  const event = req.body as { type: string; data: unknown }
  await streams.chat.send({ groupId: room, ...(id === undefined ? {} : { id }) }, event)
  return { status: 202, body: null }
}
