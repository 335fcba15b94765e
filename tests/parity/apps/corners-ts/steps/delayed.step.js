export const config = {
  type: 'event',
  name: 'delayed',
  subscribes: ['work.delayed'],
  emits: [],
  infrastructure: { queue: { type: 'standard', maxRetries: 0, visibilityTimeout: 40, delaySeconds: 2 } },
}

export const handler = async (data, { state }) => {
  await state.set('delays', data.id, Date.now() / 1000 - data.sent)
}
