import type { EventConfig, Handlers } from 'motia'
import { z } from 'zod'

const input = z.object({ id: z.string(), lines: z.array(z.string()) })

export const config: EventConfig = { type: 'event', name: 'Keep', subscribes: ['receipt.written'], emits: [], input }

export const handler: Handlers['Keep'] = async (data, { state }) => {
  await state.set('receipts', data.id, input.parse(data).lines)
}
