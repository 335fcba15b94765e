export const config = {
  type: 'event',
  name: 'Refused',
  subscribes: ['refused'],
  emits: [],
  infrastructure: { queue: { type: 'standard', maxRetries: 0, visibilityTimeout: 60 } },
}

export const handler = async (data: any, { state }: any) => {
  const made = (await state.get('attempts', data.id)) ?? 0
  await state.set('attempts', data.id, made + 1)
  if (data.exit) process.exit(3)
  throw new TypeError('never works')
}
