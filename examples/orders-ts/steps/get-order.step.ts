import type { ApiRouteConfig, Handlers } from 'motia'
import type { Order, Payment } from '@/orders'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'GetOrder',
  flows: ['orders'],
  path: '/orders/:id',
  method: 'GET',
  emits: [],
}

export const handler: Handlers['GetOrder'] = async (req, { state }) => {
  const id = req.pathParams.id ?? ''
  const order = await state.get<Order>('orders', id)
  if (!order) {
    return { status: 404, body: { error: `There is no order ${id}` } }
  }
  const receipt = await state.get<string>('receipts', id)
  const payment = await state.get<Payment>('payments', id)
  return { status: 200, body: { ...order, receipt, payment } }
}
