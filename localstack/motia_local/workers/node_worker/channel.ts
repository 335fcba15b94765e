/** The worker's end of the socket: frames in, frames out, and calls to the server that wait for a reply. */

import { Socket } from 'node:net'

import { StepError, EmitError, StateError, StreamError, type Details } from '@motia/runtime/errors.ts'

import { FrameReader, type Frame, type Header } from './frames.ts'
import { Outbox, outboxMemory, type OutboxMemory } from './outbox.ts'

const REFUSALS = { StepError, EmitError, StateError, StreamError }

/** The way to the server, for what a Step's context stands on. */
export interface Line {
  send(header: Header, body?: Uint8Array): void
  call(operation: string, args: readonly unknown[], invocation: number): Promise<unknown>
}

interface Call {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

interface Refusal extends Details {
  readonly type: string
  readonly what: string
}

/** Frames over a connected stream socket. gone: called when the server has closed it, or died. */
export class Channel implements Line {
  readonly memory: OutboxMemory = outboxMemory() // for the watchdog, which writes to the same socket
  readonly #fd: number
  readonly #out: Outbox
  readonly #calls = new Map<number, Call>()
  readonly #flushSoon = (): void => {
    this.#flushPlanned = false
    this.#out.flush()
  }
  #flushPlanned = false
  #planned = 0 // frames to be received in coming turns
  #nextCall = 0

  constructor(
    fd: number,
    private readonly receive: (header: Header, body: Buffer) => void,
    private readonly gone: () => void,
  ) {
    this.#fd = fd
    this.#out = new Outbox(fd, this.memory)
  }

  /** Read the socket from now on. */
  attach(): void {
    const reader = new FrameReader()
    const socket = new Socket({ fd: this.#fd, readable: true, writable: false })
    socket.on('data', (data: Buffer) => this.#trusted(() => this.#take(reader.feed(data))))
    socket.on('end', this.gone)
    socket.on('error', this.gone)
  }

  /** Receive frames in order, each in a turn of its own: what one begins has then come as far as it can by itself, and an
   * endless loop that the next begins does not keep its answer. */
  #take(frames: Iterable<Frame>): void {
    let atOnce = this.#planned === 0
    for (const { header, body } of frames) {
      if (atOnce) this.receive(header, body)
      else {
        this.#planned += 1
        setImmediate(() => {
          this.#planned -= 1
          this.#trusted(() => this.receive(header, body))
        })
      }
      atOnce = false
    }
  }

  #trusted(work: () => void): void {
    try {
      work()
    } catch (wrong) {
      console.error(wrong) // what comes there is not the server any more, or it is a mistake of ours
      this.gone()
    }
  }

  /** Queue a frame; frames queued in one turn of the loop leave together. */
  send(header: Header, body?: Uint8Array): void {
    this.#out.put(header, body)
    if (!this.#flushPlanned) {
      this.#flushPlanned = true
      setImmediate(this.#flushSoon)
    }
  }

  /** Send a frame, after those that are queued, and return when it is written: the process may end then. */
  sendNow(header: Header, body?: Uint8Array): void {
    this.#out.put(header, body)
    this.#out.flush()
  }

  /** Write what is queued now. */
  flush(): void {
    this.#out.flush()
  }

  /** Ask the server: the reply's value; StepError when the server refuses. */
  call(operation: string, args: readonly unknown[], invocation: number | null = null): Promise<unknown> {
    const id = ++this.#nextCall
    this.send({ t: 'call', id, inv: invocation, op: operation, args })
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
  }

  /** Give a call its reply. */
  onReply(header: Header): void {
    const call = this.#calls.get(header.id as number)
    if (call === undefined) return
    this.#calls.delete(header.id as number)
    if (header.error === undefined) call.resolve(header.value ?? null)
    else call.reject(refusal(header.error as Refusal))
  }
}

function refusal({ type, what, where, allowed, remedy }: Refusal): Error {
  const Kind = REFUSALS[type as keyof typeof REFUSALS] ?? StepError
  const given = Object.entries({ where, allowed, remedy }).filter(([, value]) => value)
  return new Kind(what, Object.fromEntries(given))
}
