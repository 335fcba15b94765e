import type { ApiRouteConfig } from 'motia'

import { first, plain, second } from '@lib/wrapping'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Guarded',
  path: '/guarded',
  method: 'POST',
  emits: [],
  middleware: [first, second, plain],
}

export const handler = async (req: any, ctx: any) => {
  if (req.queryParams.raise === 'handler') throw new Error('the handler failed')
  const found = { passed: [...req.passed, 'handler'], user: req.user ?? null, tenant: ctx.tenant ?? null }
  return { status: 200, body: { ...found, body: req.body, trace: ctx.traceId } }
}
