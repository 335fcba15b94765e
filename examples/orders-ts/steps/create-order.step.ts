import { randomUUID } from 'node:crypto'
import type { ApiRouteConfig, Handlers } from 'motia'
import { z } from 'zod'
import { total, unknown } from '@/catalog'
import { knownCustomer } from '@/middleware'
import type { Order } from '@/orders'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'CreateOrder',
  description: 'Takes an order and starts the kitchen and the payment',
  flows: ['orders'],
  path: '/orders',
  method: 'POST',
  emits: ['order.created', { topic: 'order.charge', label: 'one customer at a time' }],
  middleware: [knownCustomer],
  bodySchema: z.object({ items: z.array(z.string()) }),
  responseSchema: {
    202: z.object({ id: z.string(), total: z.int() }),
    400: z.object({ error: z.string() }),
  },
}

export const handler: Handlers['CreateOrder'] = async (req, { emit, logger, state }) => {
  const { items = [] } = req.body
  if (!items.length || unknown(items).length) {
    const wrong = unknown(items).join(', ') || 'nothing'
    return { status: 400, body: { error: `Order something from the menu, not ${wrong}` } }
  }

  const customer = String(req.headers['x-customer'])
  const order: Order = { id: randomUUID(), customer, items, total: total(items), status: 'received' }
  await state.set('orders', order.id, order)
  await emit({ topic: 'order.created', data: { id: order.id } })
  await emit({
    topic: 'order.charge',
    data: { id: order.id, customer, amount: order.total },
    messageGroupId: customer,
  })
  logger.info('Order received', { orderId: order.id, total: order.total })
  return { status: 202, body: { id: order.id, total: order.total } }
}
