export const config = {
  type: 'event',
  name: 'Late',
  subscribes: ['late'],
  emits: [],
  infrastructure: { queue: { type: 'standard', maxRetries: 0, visibilityTimeout: 60, delaySeconds: 2 } },
}

export const handler = async (data: any, { state }: any) => {
  await state.set('late', data.id, Date.now() / 1000 - data.sent)
}
