import { run } from '@lib/calls'

export const config = { type: 'event', name: 'RunCalls', subscribes: ['run'], emits: ['news', 'run'] }

export const handler = async (input: any, ctx: any) => {
  const results = await run(input.calls, ctx)
  await ctx.state.set('ran', input.key, { results, trace: ctx.traceId })
  return { status: 500, body: 'the return value of an event Step means nothing' }
}
