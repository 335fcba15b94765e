/**
 * Node's own modules, loaded when they are first used: a Step that only answers requests pays for none of them.
 */

import { builtin } from '../builtins.ts'

export { cryptoModule, zlibModule } from '../builtins.ts'

/** `node:http`. */
export function httpModule(): typeof import('node:http') {
  return builtin('node:http') as typeof import('node:http')
}

/** `node:https`. */
export function httpsModule(): typeof import('node:https') {
  return builtin('node:https') as typeof import('node:https')
}

/** `node:tls`. */
export function tlsModule(): typeof import('node:tls') {
  return builtin('node:tls') as typeof import('node:tls')
}

/** `node:fs`. */
export function fsModule(): typeof import('node:fs') {
  return builtin('node:fs') as typeof import('node:fs')
}
