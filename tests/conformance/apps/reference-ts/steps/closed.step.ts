import { run } from '@lib/calls'

export default {
  config: { type: 'api', name: 'Closed', path: '/closed', method: 'POST', emits: [] },

  async handler(req: any, ctx: any) {
    return { status: 200, body: { results: await run(req.body.calls, ctx), trace: ctx.traceId } }
  },
}
