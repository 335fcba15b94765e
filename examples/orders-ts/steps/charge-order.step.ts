import type { EventConfig, Handlers } from 'motia'
import { z } from 'zod'
import type { Account, Payment } from '@/orders'

export const config: EventConfig = {
  type: 'event',
  name: 'ChargeOrder',
  description: "Charges a customer's orders one after another, different customers in parallel",
  flows: ['orders'],
  subscribes: ['order.charge'],
  input: z.object({ id: z.string(), customer: z.string(), amount: z.int() }),
  emits: [],
  infrastructure: {
    handler: { ram: 256, timeout: 15 },
    queue: { type: 'fifo', maxRetries: 3, visibilityTimeout: 45 },
  },
}

export const handler: Handlers['ChargeOrder'] = async ({ id, customer, amount }, { logger, state, streams }) => {
  const before = (await state.get<Account>('accounts', customer)) ?? { spent: 0, orders: 0 }
  const account = { spent: before.spent + amount, orders: before.orders + 1 }
  await state.set('accounts', customer, account)
  await state.set<Payment>('payments', id, { amount, number: account.orders })
  await streams.orderStatus.set(id, 'payment', { status: 'charged' })
  logger.info('Order charged', { orderId: id, spent: account.spent })
}
