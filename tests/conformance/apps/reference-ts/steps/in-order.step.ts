import { setTimeout as pause } from 'node:timers/promises'

import type { EventConfig } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'InOrder',
  subscribes: ['ordered'],
  emits: [],
  infrastructure: {
    handler: { ram: 256, timeout: 20 },
    queue: { type: 'fifo', maxRetries: 2, visibilityTimeout: 60 },
  },
}

/** A message with `after` ends only when the other group has done its one: both have to run beside each other. */
export const handler = async (data: any, { state }: any) => {
  if ('after' in data) {
    let tries = 0
    while (!(await state.get('order', data.after))) {
      if (++tries > 100) throw new Error('the other group did not run')
      await pause(100)
    }
  }
  if (data.fails && !(await state.get('order-failed', data.group))) {
    await state.set('order-failed', data.group, true)
    throw new Error('the first attempt fails')
  }
  const seen = (await state.get('order', data.group)) ?? []
  await state.set('order', data.group, [...seen, data.n])
}
