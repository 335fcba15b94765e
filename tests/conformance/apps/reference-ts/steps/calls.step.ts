import type { ApiRouteConfig } from 'motia'

import { run } from '../src/lib/calls'

const TOPICS = ['run', 'news', 'other.news', 'ordered', 'retried', 'refused', 'late', 'slow', 'typed', 'data-only', 'nobody']

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Calls',
  description: 'Makes the calls that the request asks for',
  flows: ['reference', 'second flow'],
  path: '/calls',
  method: 'POST',
  emits: [...TOPICS, { topic: 'labelled', label: 'Auto-approved', conditional: true }],
  virtualEmits: ['notification.sent', { topic: 'sms.sent', label: 'maybe' }],
  virtualSubscribes: ['user.invited'],
}

export const handler = async (req: any, ctx: any) => {
  return { status: 200, body: { results: await run(req.body.calls, ctx), trace: ctx.traceId } }
}
