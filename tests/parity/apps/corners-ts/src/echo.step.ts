import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { type: 'api', name: 'Echo', path: '/echo/:id/*', method: 'POST', emits: [] }

/** In the words of the other languages. */
function kind(body: unknown): string {
  if (Buffer.isBuffer(body)) return 'bytes'
  if (Array.isArray(body)) return 'list'
  return typeof body === 'string' ? 'str' : 'dict'
}

export const handler: Handlers['Echo'] = async (req) => {
  const body: unknown = req.body
  const mine = Object.entries(req.headers).filter(([name]) => name.startsWith('x-my'))
  return {
    status: 200,
    body: {
      body: Buffer.isBuffer(body) ? body.toString('hex') : body,
      kind: kind(body),
      pathParams: req.pathParams,
      queryParams: req.queryParams,
      headers: Object.fromEntries(mine),
    },
  }
}
