import { z } from 'zod'

export const TEAMS = ['billing', 'technical', 'general'] as const

export const newTicket = z.object({ from: z.email(), subject: z.string().min(1), text: z.string() })

/** A ticket, as far as it has come. */
export const ticket = newTicket.extend({
  id: z.string(),
  openedAt: z.iso.datetime(),
  status: z.enum(['open', 'triaged', 'assigned']),
  team: z.enum(TEAMS).optional(),
  priority: z.int().min(1).max(3).optional(),
  agent: z.string().nullable().optional(),
})

export type Ticket = z.infer<typeof ticket>
