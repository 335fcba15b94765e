import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'fanout-one',
  subscribes: ['work.fanout'],
  emits: [],
  input: {
    type: 'object',
    properties: { id: { type: 'string' }, blob: { type: 'string' } },
    required: ['id'],
  },
}

export const handler: Handlers['fanout-one'] = async (data, { state, traceId }) => {
  await state.set(`fanout-${data.id}`, 'one', { by: 'one', data, traceId })
}
