import { setTimeout as pause } from 'node:timers/promises'

export const config = {
  type: 'event',
  name: 'Slow',
  subscribes: ['slow'],
  emits: [],
  infrastructure: {
    handler: { ram: 128, timeout: 1 },
    queue: { type: 'standard', maxRetries: 1, visibilityTimeout: 4 },
  },
}

export const handler = async (data: any, { state }: any) => {
  const made = (await state.get('attempts', data.id)) ?? []
  await state.set('attempts', data.id, [...made, Date.now() / 1000])
  if (made.length === 0) await pause(30_000)
  await state.set('slow', data.id, 'ended')
}
