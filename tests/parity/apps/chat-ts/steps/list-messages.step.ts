import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'ListMessages',
  method: 'GET',
  path: '/rooms/:room/messages',
  emits: [],
}

export const handler: Handlers['ListMessages'] = async (req, { streams }) => ({
  status: 200,
  body: await streams.chat.getGroup(req.pathParams.room ?? ''),
})
