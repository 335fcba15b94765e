import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'CountNote',
  subscribes: ['note.put'],
  emits: [],
  input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
}

/** An event Step has the same adapters as those that answer requests. */
export const handler: Handlers['CountNote'] = async ({ id }, { state }) => {
  const note = await state.get<{ group: string }>('notes', id)
  await state.set('counted', id, note?.group)
}
