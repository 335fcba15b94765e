/** What comes with a connection; and connections that have arrived while the event loop stands still. */

import { readSync } from 'node:fs'

const MOST = 64 * 1024 // bytes of one message
const NOTHING = Buffer.alloc(0)

/** place: by which the server knows the connection. data: what others have read of it. */
export interface Arrived {
  readonly place: number
  readonly data: Buffer
}

/** The place of the connection that a message has brought. */
export function placeOf(message: unknown): number {
  return (message as { descriptor: number }).descriptor
}

/** What the server says of a connection; null for the message that brings it. */
export function readArrived(message: unknown): Arrived | null {
  if (typeof message !== 'object' || message === null) return null
  const { place, early } = message as { place?: unknown; early?: unknown }
  if (typeof place !== 'number' || typeof early !== 'string') return null
  return { place, data: early ? Buffer.from(early, 'base64') : NOTHING }
}

/**
 * The connections that have arrived at the channel `fd` and that nobody has looked at, taken away from it. Any thread may
 * ask: each message is read once, here or by Node itself. Descriptors read this way are closed; the server holds its own.
 */
export function* takeArrived(fd: number): Generator<Arrived> {
  const bytes = Buffer.alloc(MOST)
  for (;;) {
    let size
    try {
      size = readSync(fd, bytes)
    } catch {
      return // there are none
    }
    if (!size) return
    for (const line of bytes.toString('utf8', 0, size).split('\n')) {
      const arrived = line ? readArrived(JSON.parse(line)) : null
      if (arrived) yield arrived
    }
  }
}
