const runs = []

export const config = { type: 'cron', name: 'PlainTick', cron: '*/5 2-4 * jan,jul mon', emits: [] }

export function handler(ctx) {
  runs.push(ctx.traceId)
  ctx.state.set('plain-tick', ctx.traceId, runs.length)
}
