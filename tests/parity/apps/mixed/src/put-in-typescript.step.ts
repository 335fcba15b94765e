import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PutInTypeScript',
  method: 'PUT',
  path: '/typescript/:stream/:group/:id',
  emits: [],
}

export const handler: Handlers['PutInTypeScript'] = async (req, { streams }) => {
  const { stream, group = '', id = '' } = req.pathParams
  const chosen = streams[stream as 'attic' | 'cellar']
  return { status: 200, body: await chosen.set(group, id, { ...req.body, by: 'TypeScript' }) }
}
