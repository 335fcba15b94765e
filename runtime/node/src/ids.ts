/** Identifiers made at run time. */

import { cryptoModule } from './builtins.ts'

// 32 characters without I, L, O and 0, which people mistake for one another when they read an id aloud
export const TRACE_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ123456789'

const TRACE_CHARACTERS = 5

/**
 * An id such as `YBQHN-0185054`: five random characters and the last seven digits of the time in milliseconds.
 *
 * It tells requests apart and guards nothing: Math.random will do, and spares a cold start the loading of `node:crypto`.
 */
export function newTraceId(): string {
  let head = ''
  while (head.length < TRACE_CHARACTERS) head += TRACE_ALPHABET[Math.floor(Math.random() * TRACE_ALPHABET.length)]
  return `${head}-${String(Date.now() % 10_000_000).padStart(7, '0')}`
}

/** 32 random hex characters. */
export function newId(): string {
  return cryptoModule().randomBytes(16).toString('hex')
}
