/** Middleware that does what the query of the request says. */

import type { ApiMiddleware } from 'motia'

type Passing = Parameters<ApiMiddleware>[0] & { passed?: string[]; user?: object }

export const first: ApiMiddleware = (req, ctx, next) => step('first', req, ctx, next)

export const second: ApiMiddleware = (req, ctx, next) => step('second', req, ctx, next)

export const plain: ApiMiddleware = (req, _ctx, next) => {
  ;(req as Passing).passed!.push('plain')
  return next()
}

async function step(name: string, req: Passing, ctx: any, next: any): Promise<any> {
  const query = req.queryParams
  req.passed = [...(req.passed ?? []), name]
  if (query.stop === name) return { status: 401, body: { error: 'Unauthorized', passed: req.passed } }
  if (query.raise === name) throw new Error('a middleware failed')
  if (query.catch === name) {
    try {
      return await next()
    } catch (error) {
      return { status: 503, body: { caught: (error as Error).message } }
    }
  }
  if (query.state) await ctx.state.set('middleware', `${query.state}-${name}`, ctx.traceId)
  if (query.attach === name) {
    req.user = { name: 'Ada' }
    ctx.tenant = 'acme'
  }
  if (query.replace === name) return await next({ ...req, body: { replaced: true } })
  if (query.nothing === name) return undefined
  const response = await next()
  if (query.after) {
    response.body.after = [...(response.body.after ?? []), name]
    response.headers = { ...response.headers, 'X-After': name }
  }
  return response
}
