import type { ApiMiddleware, ApiRouteConfig } from 'motia'

interface Noted {
  seen: string[]
}

const outer: ApiMiddleware = async (req, _context, next) => {
  ;(req as unknown as Noted).seen = ['outer']
  const response = await next()
  response.body.after = [...(response.body.after ?? []), 'outer']
  return response
}

const inner: ApiMiddleware = async (req, _context, next) => {
  ;(req as unknown as Noted).seen.push('inner')
  if (req.queryParams.stop) return { status: 403, body: { stopped: true } }
  const response = await next()
  response.body.after = ['inner']
  return response
}

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Wrapped',
  path: '/wrapped',
  method: 'GET',
  emits: [],
  middleware: [outer, inner],
}

export const handler = async (req: Noted) => ({ status: 200, body: { seen: req.seen } })
