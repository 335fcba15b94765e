import { z } from 'zod'
import { TEAMS } from '@/tickets'

const AGENTS = { billing: ['bea', 'bo'], technical: ['tariq', 'tess'], general: ['gil'] }

export const config = {
  type: 'event',
  name: 'AssignTicket',
  description: 'Gives the tickets of a team to its people in turn',
  flows: ['support'],
  subscribes: ['ticket.triaged'],
  input: z.object({ id: z.string(), team: z.enum(TEAMS) }),
  emits: [],
  infrastructure: {
    handler: { ram: 256, timeout: 10 },
    queue: { type: 'fifo', maxRetries: 3, visibilityTimeout: 60 }, // a team's tickets one after another
  },
}

/** @type {import('motia').Handlers['AssignTicket']} */
export const handler = async ({ id, team }, { logger, state, streams }) => {
  /** @type {import('../src/tickets').Ticket | null} */
  const ticket = await state.get('tickets', id)
  if (!ticket) {
    throw new Error(`There is no ticket ${id}`)
  }
  /** @type {number} */
  const turn = (await state.get('turns', team)) ?? 0
  const agent = AGENTS[team][turn % AGENTS[team].length]
  await state.set('turns', team, turn + 1)

  const assigned = { ...ticket, status: /** @type {const} */ ('assigned'), agent }
  await state.set('tickets', id, assigned)
  await streams.desk.set('open', id, assigned)
  logger.info('Ticket assigned', { ticketId: id, agent })
}
