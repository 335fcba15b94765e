import { kind } from '@lib/calls'
import { z } from 'zod'

export const config = {
  type: 'event',
  name: 'Typed',
  subscribes: ['typed'],
  input: z.object({ id: z.string().optional(), n: z.number().int() }),
  emits: [],
}

export function handler(data: any, ctx: any) {
  const where = kind(data) === 'dict' ? data.id : JSON.stringify(data ?? null)
  ctx.state.set('typed', where, { data, kind: kind(data) })
}
