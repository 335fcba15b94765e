/**
 * How far this worker has come, in memory it shares with the server: no crash can unwrite it. Node cannot map memory,
 * and need not: reading or writing a number of it takes less than a microsecond.
 *
 * Eight 64-bit numbers, of which four are used, then one 16-bit number for each connection the worker may hold
 * (`motia_local.workers.python_worker.shared`).
 */

import { readSync, writeSync } from 'node:fs'

export const STARTED = 0 // id of the last invocation it began (ids grow)
export const LOADING = 1 // 1 + position of the file or Step it is importing, 0 when none
export const BEAT = 2 // monotonic milliseconds at which it was last seen to be alive, 0 while it has nothing to do
export const REVOKED = 3 // written by the server: what has an id up to this one and has not begun must not begin

export const PLACES = 64 // bytes before the numbers of connections

/** This worker's numbers behind a file descriptor. */
export class Progress {
  readonly #number = new BigUint64Array(1)
  readonly #bytes = new Uint8Array(this.#number.buffer)

  constructor(readonly fd: number) {}

  set(index: number, value: number): void {
    this.#number[0] = BigInt(value)
    writeSync(this.fd, this.#bytes, 0, 8, index * 8)
  }

  get(index: number): number {
    readSync(this.fd, this.#bytes, 0, 8, index * 8)
    return Number(this.#number[0])
  }
}

/** Milliseconds of the clock that the server's `time.monotonic` shows. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}
