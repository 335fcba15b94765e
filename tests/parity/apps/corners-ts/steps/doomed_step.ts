import { count } from '@lib/attempts'
import type { EventConfig, StepHandler } from 'motia'

export const config = {
  type: 'event',
  name: 'doomed / überall',
  subscribes: ['work.doomed'],
  emits: [],
  input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  infrastructure: { queue: { type: 'standard', maxRetries: 1, visibilityTimeout: 40 } },
} satisfies EventConfig

export const handler: StepHandler<typeof config> = async (data: { id: string }, context) => {
  await count(context, data.id)
  throw new RangeError('never works')
}
