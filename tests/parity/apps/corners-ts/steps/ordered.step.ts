import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'ordered',
  subscribes: ['work.ordered'],
  emits: [],
  input: {
    type: 'object',
    properties: { group: { type: 'string' }, n: { type: 'integer' } },
    required: ['group', 'n'],
  },
  infrastructure: {
    handler: { ram: 256, timeout: 10 },
    queue: { type: 'fifo', maxRetries: 2, visibilityTimeout: 30 },
  },
}

export const handler: Handlers['ordered'] = async (data, { state }) => {
  const seen = (await state.get<number[]>('order', data.group)) ?? []
  seen.push(data.n)
  await state.set('order', data.group, seen)
}
