/** Identifiers made at run time. */

import { randomBytes } from 'node:crypto'

// 32 characters without I, L, O and 0, which people mistake for one another when they read an id aloud
export const TRACE_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ123456789'

/** An id such as `YBQHN-0185054`: five random characters and the last seven digits of the time in milliseconds. */
export function newTraceId(): string {
  let head = ''
  for (const byte of randomBytes(5)) head += TRACE_ALPHABET[byte & 31]
  return `${head}-${String(Date.now() % 10_000_000).padStart(7, '0')}`
}

/** 32 random hex characters. */
export function newId(): string {
  return randomBytes(16).toString('hex')
}
