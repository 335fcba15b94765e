import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'DeleteNote',
  method: 'DELETE',
  path: '/notes/:group/:id',
  emits: [],
}

export const handler: Handlers['DeleteNote'] = async (req, { streams }) => {
  const { group = '', id = '' } = req.pathParams
  return { status: 200, body: await streams.notes.delete(group, id) }
}
