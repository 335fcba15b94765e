/**
 * What the worker has to say, in memory that both of its threads see: frames are queued there by the main thread, and
 * written by it, or by the watchdog when the main thread stands still. A log written before an endless loop is not lost.
 *
 * Writing waits for the server, which always reads; so nothing else grows when a handler logs in a loop.
 */

import { writeSync } from 'node:fs'

import { encode, LENGTHS, LIMIT, tooLarge, type Header } from './frames.ts'

const SIZE = 1024 * 1024
const LOCK = 0 // in `control`: who holds it may read and write the rest
const LENGTH = 1 // bytes queued
const NOTHING = Buffer.alloc(0)

/** What the two threads share. */
export interface OutboxMemory {
  readonly control: SharedArrayBuffer
  readonly bytes: SharedArrayBuffer
}

/** Memory for one outbox, empty. */
export function outboxMemory(): OutboxMemory {
  return { control: new SharedArrayBuffer(8), bytes: new SharedArrayBuffer(SIZE) }
}

/** One thread's view of the outbox. */
export class Outbox {
  readonly #fd: number
  readonly #control: Int32Array
  readonly #bytes: Buffer

  constructor(fd: number, memory: OutboxMemory) {
    this.#fd = fd
    this.#control = new Int32Array(memory.control)
    this.#bytes = Buffer.from(memory.bytes)
  }

  /** Queue a frame. FrameError when it is over the limit, TypeError when the header is not JSON. */
  put(header: Header, body: Uint8Array = NOTHING): void {
    const text = JSON.stringify(header)
    const most = LENGTHS + 3 * text.length + body.length // a character is three bytes at most
    if (most > SIZE) {
      const frame = encode(header, body)
      this.#locked(() => {
        this.#write()
        this.#writeAll(frame)
      })
      return
    }
    this.#locked(() => {
      if (this.#length + most > SIZE) this.#write()
      const start = this.#length
      const length = this.#bytes.write(text, start + LENGTHS)
      if (length + body.length > LIMIT) throw tooLarge(length + body.length)
      this.#bytes.writeUInt32BE(length, start)
      this.#bytes.writeUInt32BE(body.length, start + 4)
      if (body.length) this.#bytes.set(body, start + LENGTHS + length)
      this.#length = start + LENGTHS + length + body.length
    })
  }

  /** Write what is queued. */
  flush(): void {
    if (this.#length) this.#locked(() => this.#write())
  }

  get #length(): number {
    return Atomics.load(this.#control, LENGTH)
  }

  set #length(length: number) {
    Atomics.store(this.#control, LENGTH, length)
  }

  #locked(work: () => void): void {
    while (Atomics.compareExchange(this.#control, LOCK, 0, 1) !== 0) Atomics.wait(this.#control, LOCK, 1, 1)
    try {
      work()
    } finally {
      Atomics.store(this.#control, LOCK, 0)
    }
  }

  #write(): void {
    const length = this.#length
    this.#length = 0
    this.#writeAll(this.#bytes.subarray(0, length))
  }

  #writeAll(data: Uint8Array): void {
    try {
      writeWhole(this.#fd, data)
    } catch {
      return // the server is gone: the reader learns it as well, and ends the process
    }
  }
}

const never = new Int32Array(new SharedArrayBuffer(4))

/** Write all of `data`, waiting where the other end is slow. */
export function writeWhole(fd: number, data: Uint8Array): void {
  let at = 0
  while (at < data.length) {
    try {
      at += writeSync(fd, data, at)
    } catch (wrong) {
      if ((wrong as NodeJS.ErrnoException).code !== 'EAGAIN') throw wrong
      Atomics.wait(never, 0, 0, 1)
    }
  }
}
