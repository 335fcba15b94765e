import type { CronConfig, Handlers, NoopConfig, StreamConfig } from '@motiadev/core'

export const config: CronConfig = { type: 'cron', name: 'Nightly', cron: '0 9 * * *', emits: ['thread.read', 'anything'] }

export const noop: NoopConfig = { type: 'noop', name: 'Wait', virtualEmits: ['a'], virtualSubscribes: [] }

export const stream: StreamConfig = { name: 'chat', schema: {}, baseConfig: { storageType: 'default' } }

export const handler: Handlers['Nightly'] = async ({ emit, logger, state }) => {
  const oldOrders = await state.getGroup('orders')
  logger.info('Cleaning', { orders: oldOrders.length })
  await emit({ topic: 'thread.read', data: { text: 'a', replies: [{ text: 'b', replies: [] }] } })
  // @ts-expect-error a reply is like what it answers
  await emit({ topic: 'thread.read', data: { text: 'a', replies: [{ words: 'b' }] } })
  await emit({ topic: 'anything', data: { what: ['ever'] } })
}
