import type { ApiRouteConfig } from 'motia'

import { revive } from '@lib/calls'

export const config: ApiRouteConfig = { type: 'api', name: 'Answer', path: '/answer', method: 'POST', emits: [] }

/** Returns what the request describes. A function that is not async. */
export function handler(req: { body: any }): any {
  if (req.body.raise) throw new Error('a secret of the inside')
  if (req.body.exit) process.exit(1)
  return revive(req.body.return)
}
