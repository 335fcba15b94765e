import { count } from '@lib/attempts'

export const config = {
  type: 'event',
  name: 'flaky',
  subscribes: ['work.flaky'],
  emits: [],
  infrastructure: { queue: { type: 'standard', maxRetries: 3, visibilityTimeout: 40 } },
}

export const handler = async (data, context) => {
  const made = await count(context, data.id)
  if (made <= data.failures) throw new Error(`attempt ${made} of ${data.id}`)
  await context.state.set('done', data.id, { attempts: made, traceId: context.traceId })
}
