/**
 * Node's own modules, loaded when they are first used: a Step that only answers requests pays for none of them.
 */

import { createRequire } from 'node:module'

const need = createRequire(import.meta.url)

let crypto: typeof import('node:crypto') | undefined
let zlib: typeof import('node:zlib') | undefined

/** `node:crypto`. */
export function cryptoModule(): typeof import('node:crypto') {
  return (crypto ??= need('node:crypto') as typeof import('node:crypto'))
}

/** `node:zlib`. */
export function zlibModule(): typeof import('node:zlib') {
  return (zlib ??= need('node:zlib') as typeof import('node:zlib'))
}

/** `node:http`. */
export function httpModule(): typeof import('node:http') {
  return need('node:http') as typeof import('node:http')
}

/** `node:https`. */
export function httpsModule(): typeof import('node:https') {
  return need('node:https') as typeof import('node:https')
}

/** `node:tls`. */
export function tlsModule(): typeof import('node:tls') {
  return need('node:tls') as typeof import('node:tls')
}

/** `node:fs`. */
export function fsModule(): typeof import('node:fs') {
  return need('node:fs') as typeof import('node:fs')
}
