import type { ApiRouteConfig, Handlers } from 'motia'
import { z } from 'zod'
import { ticket, type Ticket } from '@/tickets'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'GetTicket',
  flows: ['support'],
  path: '/tickets/:id',
  method: 'GET',
  emits: [],
  responseSchema: { 200: ticket, 404: z.object({ error: z.string() }) },
}

export const handler: Handlers['GetTicket'] = async (req, { state }) => {
  const id = req.pathParams.id ?? ''
  const found = await state.get<Ticket>('tickets', id)
  return found ? { status: 200, body: found } : { status: 404, body: { error: `There is no ticket ${id}` } }
}
