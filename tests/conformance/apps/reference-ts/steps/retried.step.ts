export const config = {
  type: 'event',
  name: 'Retried',
  subscribes: ['retried'],
  emits: [],
  infrastructure: {
    handler: { ram: 128, timeout: 10 },
    queue: { type: 'standard', maxRetries: 2, visibilityTimeout: 30 },
  },
}

export const handler = async (data: any, { state, traceId }: any) => {
  const made = (await state.get('attempts', data.id)) ?? []
  made.push({ at: Date.now() / 1000, trace: traceId })
  await state.set('attempts', data.id, made)
  if (made.length <= data.failures) throw new Error(`attempt ${made.length} fails`)
}
