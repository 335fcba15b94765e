import { randomUUID } from 'node:crypto'
import type { ApiRouteConfig, Handlers } from 'motia'
import { z } from 'zod'
import { newTicket, type Ticket } from '@/tickets'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'OpenTicket',
  description: 'Takes a ticket and starts the triage',
  flows: ['support'],
  path: '/tickets',
  method: 'POST',
  emits: ['ticket.opened'],
  bodySchema: newTicket,
  responseSchema: {
    201: z.object({ id: z.string(), traceId: z.string() }),
    400: z.object({ error: z.string(), wrong: z.array(z.string()) }),
  },
}

export const handler: Handlers['OpenTicket'] = async (req, { emit, logger, state, streams, traceId }) => {
  const given = newTicket.safeParse(req.body)
  if (!given.success) {
    const wrong = given.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    return { status: 400, body: { error: 'This is no ticket', wrong } }
  }
  const id = randomUUID()
  const ticket: Ticket = { ...given.data, id, openedAt: new Date().toISOString(), status: 'open' }
  await state.set('tickets', id, ticket)
  await streams.desk.set('open', id, ticket)
  await emit({ topic: 'ticket.opened', data: { id, subject: ticket.subject, text: ticket.text } })
  logger.info('Ticket opened', { ticketId: id })
  return { status: 201, body: { id, traceId } }
}
