import type { ApiMiddleware } from 'motia'

/** Every ordering request names its customer. */
export const knownCustomer: ApiMiddleware = async (req, ctx, next) => {
  if (!req.headers['x-customer']) {
    return { status: 401, body: { error: 'Say who you are in the x-customer header' } }
  }
  const response = await next()
  return { ...response, headers: { ...response.headers, 'x-trace-id': ctx.traceId } }
}
