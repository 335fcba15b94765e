import type { CronConfig } from 'motia'

import { run } from '@lib/calls'

export const config: CronConfig = {
  type: 'cron',
  name: 'Tick',
  cron: '0 9 1 1 *',
  emits: ['news'],
  description: 'Once a year',
}

export const handler = async (ctx: any) => {
  const script = await ctx.state.get('cron', 'script')
  if (script.fail) throw new Error('the cron Step failed')
  const results = await run(script.calls, ctx)
  await ctx.state.set('ran', script.key, { results, trace: ctx.traceId })
  return 'ignored'
}
