/** Identifiers made at run time. */

import { cryptoModule } from './builtins.ts'

// 32 characters without I, L, O and 0, which people mistake for one another when they read an id aloud
export const TRACE_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ123456789'

const TRACE_BYTES = 5
const random = Buffer.alloc(400 * TRACE_BYTES) // asking for so many takes little longer than asking for five
let used = random.length

/** An id such as `YBQHN-0185054`: five random characters and the last seven digits of the time in milliseconds. */
export function newTraceId(): string {
  if (used === random.length) {
    cryptoModule().randomFillSync(random)
    used = 0
  }
  let head = ''
  for (const end = used + TRACE_BYTES; used < end; used += 1) head += TRACE_ALPHABET[random[used]! & 31]
  return `${head}-${String(Date.now() % 10_000_000).padStart(7, '0')}`
}

/** 32 random hex characters. */
export function newId(): string {
  return cryptoModule().randomBytes(16).toString('hex')
}
