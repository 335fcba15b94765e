import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'chain',
  subscribes: ['work.chain'],
  emits: ['work.chain', 'work.fanout'],
  input: {
    type: 'object',
    properties: { id: { type: 'string' }, left: { type: 'integer' }, blob: { type: 'string' } },
    required: ['id', 'left'],
  },
}

export const handler: Handlers['chain'] = async (data, { emit }) => {
  if (data.left) await emit({ topic: 'work.chain', data: { ...data, left: data.left - 1 } })
  else await emit({ topic: 'work.fanout', data: { id: data.id, blob: data.blob } })
}
