import type { CronConfig, Handlers } from 'motia'

export const config: CronConfig = { type: 'cron', name: 'Tick', cron: '0 0 1 1 *', emits: ['work.fanout'] }

export const handler: Handlers['Tick'] = async ({ state, emit }) => {
  const runs = ((await state.get<number>('cron', 'runs')) ?? 0) + 1
  await state.set('cron', 'runs', runs)
  await emit({ topic: 'work.fanout', data: { id: 'cron' } })
}
