/** Where a stream file has its `canAccess`. */

import { exported } from './loading.ts'

export const GUARD_NAMES = ['canAccess', 'can_access'] as const

/**
 * The `canAccess` of a stream file, in its `config` or at its top level, under either name; undefined if there is none.
 *
 * What is found need not be a function: that a stream is open to everybody must not come of a mistake.
 */
export function findGuard(module: unknown): unknown {
  const config = exported(module, 'config')
  const inConfig = GUARD_NAMES.map((name) => exported({ default: config }, name))
  return [...inConfig, ...GUARD_NAMES.map((name) => exported(module, name))].find((found) => found !== undefined)
}
