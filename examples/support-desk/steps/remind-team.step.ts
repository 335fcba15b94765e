import type { CronConfig, Handlers } from 'motia'
import type { Ticket } from '@/tickets'

const PATIENCE_MS = 60 * 60 * 1000

export const config: CronConfig = {
  type: 'cron',
  name: 'RemindTeam',
  description: 'Tells the desk of tickets that nobody has taken up for an hour',
  flows: ['support'],
  cron: '*/15 * * * *',
  emits: [],
}

export const handler: Handlers['RemindTeam'] = async ({ logger, state, streams }) => {
  const tickets = await state.getGroup<Ticket>('tickets')
  const late = tickets.filter(({ agent, openedAt }) => !agent && Date.now() - Date.parse(openedAt) > PATIENCE_MS)
  for (const { id, team } of late) {
    await streams.desk.send({ groupId: 'open' }, { type: 'ticket.late', data: { id, team } })
  }
  logger.info('Looked for late tickets', { late: late.length })
}
