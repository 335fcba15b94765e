/** Middleware around a handler: `m(req, context, next)`, run in the order of the config, the handler last. */

import { ResponseError } from './errors.ts'
import { quoted } from './kinds.ts'
import type { Request } from './request.ts'

export type Next = (replaced?: unknown) => Promise<unknown>
export type Middleware = (request: Request, context: unknown, next: Next) => unknown

/**
 * `handler` inside `middleware`, the first outermost.
 *
 * `next()` goes on with the same request, `next(request)` with another; `next(error)` fails with that error. What a
 * middleware returns is the response; not calling `next` keeps the handler from running.
 */
export function compose(
  middleware: readonly Middleware[],
  handler: (request: Request) => unknown,
  context: unknown,
): (request: Request) => Promise<unknown> {
  let run = async (request: Request): Promise<unknown> => handler(request)
  for (const layer of [...middleware].reverse()) run = wrap(layer, run, context)
  return run
}

function wrap(
  layer: Middleware,
  inner: (request: Request) => Promise<unknown>,
  context: unknown,
): (request: Request) => Promise<unknown> {
  return async (request) => {
    const next: Next = async (replaced) => {
      if (replaced instanceof Error) throw replaced
      return inner(typeof replaced === 'object' && replaced !== null ? (replaced as Request) : request)
    }
    const result = await layer(request, context, next)
    if (result === undefined || result === null) {
      throw new ResponseError(`the middleware ${quoted(layer.name || 'without a name')} returned nothing`, {
        remedy: 'end it with `return await next()` or with a response',
      })
    }
    return result
  }
}
