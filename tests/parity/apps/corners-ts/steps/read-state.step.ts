import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { type: 'api', name: 'ReadState', path: '/state/:group', method: 'GET', emits: [] }

export const handler: Handlers['ReadState'] = async (req, { state }) => {
  const group = req.pathParams.group ?? ''
  const { key } = req.queryParams as { key?: string }
  const value = key ? await state.get(group, key) : await state.getGroup(group)
  return { status: 200, body: { value } }
}
