import { readFileSync } from 'node:fs'
import type { EventConfig, Handlers } from 'motia'
import { z } from 'zod'
import type { Order } from '@/orders'

const RECEIPT = new URL('../templates/receipt.txt', import.meta.url)
const created = z.object({ id: z.string() })

export const config: EventConfig = {
  type: 'event',
  name: 'PrepareOrder',
  description: 'Writes the receipt; any number of orders at a time',
  flows: ['orders'],
  subscribes: ['order.created'],
  input: created,
  emits: [],
  includeFiles: ['../templates/receipt.txt'],
  infrastructure: {
    handler: { ram: 512, timeout: 20 },
    queue: { type: 'standard', maxRetries: 2, visibilityTimeout: 60 },
  },
}

export const handler: Handlers['PrepareOrder'] = async (input, { logger, state, streams }) => {
  const { id } = created.parse(input)
  const order = await state.get<Order>('orders', id)
  if (!order) {
    throw new Error(`There is no order ${id}`)
  }
  const words: Record<string, string> = {
    id,
    customer: order.customer,
    items: order.items.join(', '),
    total: (order.total / 100).toFixed(2),
  }
  const receipt = readFileSync(RECEIPT, 'utf8').replace(/\$(\w+)/g, (_, word: string) => words[word] ?? '')
  await state.set('receipts', id, receipt)
  await streams.orderStatus.set(id, 'kitchen', { status: 'receipt written' })
  logger.info('Receipt written', { orderId: id })
}
