import type { CronConfig, Handlers } from 'motia'
import type { Order } from '@/orders'

export const config: CronConfig = {
  type: 'cron',
  name: 'DailyReport',
  description: 'Adds up the day',
  flows: ['orders'],
  cron: '0 6 * * *',
  emits: [],
}

export const handler: Handlers['DailyReport'] = async ({ logger, state }) => {
  const orders = await state.getGroup<Order>('orders')
  const report = { orders: orders.length, revenue: orders.reduce((sum, order) => sum + order.total, 0) }
  await state.set('reports', 'latest', report)
  logger.info('Report ready', report)
}
