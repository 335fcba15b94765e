/** What a compiled Step file exports, made ready to run: ES modules and CommonJS, named and default exports. */

import type { StepDescriptor } from './descriptor.ts'
import { StepLoadError } from './errors.ts'
import { kindOf, quoted, shown } from './kinds.ts'
import type { Middleware } from './middleware.ts'

export type Handler = (...args: unknown[]) => unknown

/** A Step ready to run. */
export interface LoadedStep {
  readonly descriptor: StepDescriptor
  readonly handler: Handler
  readonly middleware: readonly Middleware[]
}

/** The Step that a module is; StepLoadError when it has no handler or a middleware that is no function. */
export function loadStep(module: unknown, descriptor: StepDescriptor): LoadedStep {
  const handler = exported(module, 'handler') ?? functionItself(module)
  if (typeof handler !== 'function') {
    const found = handler === undefined ? 'has no handler' : `has a handler that is ${kindOf(handler)}`
    const signature = { cron: 'ctx', api: 'req, ctx' }[descriptor.type] ?? 'input, ctx'
    throw new StepLoadError(`the Step ${quoted(descriptor.name)} ${found}`, {
      where: descriptor.file,
      remedy: `write \`export const handler = async (${signature}) => { ... }\` in the file`,
    })
  }
  const config = exported(module, 'config')
  const listed = isObject(config) ? config.middleware : undefined
  const middleware: unknown[] = Array.isArray(listed) ? listed : []
  const bad = middleware.findIndex((layer) => typeof layer !== 'function')
  if (bad >= 0) {
    throw new StepLoadError(
      `the middleware ${shown(middleware[bad])} of the Step ${quoted(descriptor.name)} cannot be called`,
      { where: descriptor.file, remedy: 'list functions (req, ctx, next) in config.middleware' },
    )
  }
  return { descriptor, handler: handler as Handler, middleware: middleware as Middleware[] }
}

/** What a module exports under a name: itself, or its default export (of CommonJS: `module.exports`). */
export function exported(module: unknown, name: string): unknown {
  for (const place of places(module)) {
    if (isObject(place) && place[name] !== undefined && place[name] !== null) return place[name]
  }
  return undefined
}

/** `export default async (req, ctx) => ...` */
function functionItself(module: unknown): unknown {
  return [...places(module)].find((place) => typeof place === 'function')
}

/** The module, its default export, and the default export of that: CommonJS that was an ES module has two. */
function* places(module: unknown): Generator<unknown> {
  let place = module
  for (let depth = 0; depth < 3 && isObject(place); depth += 1) {
    yield place
    place = place.default
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
