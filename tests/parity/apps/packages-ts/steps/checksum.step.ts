import { receipt } from '@lib/receipt'
import { crc32 } from '@node-rs/crc32'
import type { ApiRouteConfig, Handlers } from 'motia'
import { z } from 'zod'
import menu from '../data/menu.json'

const items = Object.keys(menu) as [keyof typeof menu, ...(keyof typeof menu)[]]
const bodySchema = z.object({ items: z.array(z.enum(items)).min(1) })

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Checksum',
  path: '/checksum',
  method: 'POST',
  emits: ['receipt.written'],
  bodySchema,
  responseSchema: {
    200: z.object({ lines: z.array(z.string()), total: z.number(), crc32: z.string() }),
    400: z.object({ error: z.string() }),
  },
}

export const handler: Handlers['Checksum'] = async (req, { emit }) => {
  const asked = bodySchema.safeParse(req.body)
  if (!asked.success) return { status: 400, body: { error: z.prettifyError(asked.error) } }
  const written = receipt(asked.data.items)
  const sum = crc32(written.lines.join('\n')).toString(16)
  await emit({ topic: 'receipt.written', data: { id: sum, lines: written.lines } })
  return { status: 200, body: { ...written, crc32: sum } }
}
