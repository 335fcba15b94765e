import { count } from '@lib/attempts'
import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'doomed / überall',
  subscribes: ['work.doomed'],
  emits: [],
  input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  infrastructure: { queue: { type: 'standard', maxRetries: 1, visibilityTimeout: 40 } },
}

export const handler: Handlers['doomed / überall'] = async (data, context) => {
  await count(context, data.id)
  throw new RangeError('never works')
}
