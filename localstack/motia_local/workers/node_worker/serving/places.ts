/**
 * What the server can still read of the connections when this process is gone: a number for each, in the file of the
 * progress descriptor, which the server has mapped into its memory. A write to it takes less than a microsecond.
 */

import { writeSync } from 'node:fs'

export const PLACES = 4096 // connections; what the number of one says:
export const IDLE = 0 // nothing of a request has been read
export const READING = 1 // some of it has
export const ANSWERING = 2 // some of its answer has been written
export const RUNNING = 3 // and the positions of the Steps above it: which one answers

const OFFSET = 64 // bytes, of the numbers before them
const BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0

/** The numbers of a worker's connections. */
export class Places {
  readonly #descriptor: number
  readonly #bytes = Buffer.alloc(2)

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Say that the connection at `place` is in `state`. */
  set(place: number, state: number): void {
    this.#bytes[BIG_ENDIAN ? 1 : 0] = state & 255
    this.#bytes[BIG_ENDIAN ? 0 : 1] = state >> 8
    writeSync(this.#descriptor, this.#bytes, 0, 2, OFFSET + 2 * place)
  }
}
