/**
 * Node's own modules, loaded when they are first used. An `import` of one would also look at everything it exports,
 * which for `node:crypto` costs a cold start more than half of this runtime does.
 */

import { createRequire } from 'node:module'

let need: NodeJS.Require | undefined

/** A module of Node itself, by name. */
export function builtin(name: string): unknown {
  need ??= createRequire(import.meta.url)
  return need(name)
}

/** `node:crypto`. */
export function cryptoModule(): typeof import('node:crypto') {
  return builtin('node:crypto') as typeof import('node:crypto')
}

/** `node:zlib`. */
export function zlibModule(): typeof import('node:zlib') {
  return builtin('node:zlib') as typeof import('node:zlib')
}
