import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PutNote',
  method: 'PUT',
  path: '/notes/:group/:id',
  emits: ['note.put'],
}

export const handler: Handlers['PutNote'] = async (req, { emit, state, streams }) => {
  const { group = '', id = '' } = req.pathParams
  const note = await streams.notes.set(group, id, req.body)
  await state.set('notes', id, { group })
  await emit({ topic: 'note.put', data: { id } })
  return { status: 200, body: note }
}
