/**
 * What Steps print, line by line, marked with who printed it.
 *
 * What an invocation prints goes the way of its logs, so that both are shown in the order they were written in. It is
 * sent at once: what was printed before a crash is not lost. The rest goes straight to the file descriptor: a line on the
 * pipe is `\x1eSTEP\x1fTRACE\x1fTEXT\n` when a Step printed it (more than may be sent) and `TEXT\n` when it is not known
 * who did (a native library, a child process).
 */

import { Writable } from 'node:stream'

import { Budget } from './budget.ts'
import type { Header } from './frames.ts'
import { writeWhole } from './outbox.ts'

const MARK = '\x1e'
const SEPARATOR = '\x1f'
const LINE_LIMIT = 16 * 1024 // characters kept while waiting for the end of a line
const FRAME_SIZE = 512 * 1024 // bytes sent at a time
const BURST = 10_000 // times that one stream may send something at once ...
const RATE = 2_000 // ... and per second after that: the pipe costs the server less

/** Name of the Step, trace id. */
export type Who = readonly [string, string]

/** Sends a frame at once. */
export type Say = (header: Header, body: Uint8Array) => void

/** `process.stdout` or `process.stderr` of a worker. */
export class StepOutput extends Writable {
  readonly #open = new Map<string, string>() // unfinished lines, by what stands before them
  readonly #budget = new Budget(BURST, RATE)

  constructor(
    readonly fd: 1 | 2,
    private readonly who: () => Who | undefined,
    private readonly say: Say,
  ) {
    super({ decodeStrings: false })
  }

  readonly isTTY = false

  /** Write now, not when the stream has its turn: only now it is known who writes. */
  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()
    this.#take(this.who(), text)
    const told = typeof encoding === 'function' ? encoding : done
    if (typeof told === 'function') process.nextTick(told as () => void)
    return true
  }

  /** It stays open: there is more to be said after a Step that ends it. */
  override end(...given: unknown[]): this {
    const [chunk, done] = [given[0], given.findLast((item) => typeof item === 'function')]
    if (chunk !== undefined && typeof chunk !== 'function') this.write(chunk)
    if (typeof done === 'function') process.nextTick(done as () => void)
    return this
  }

  /** Write the open line of one invocation, which has ended. */
  finish(who: Who): void {
    if (this.#open.size === 0) return
    const before = head(who)
    const rest = this.#open.get(before)
    if (rest === undefined) return
    this.#open.delete(before)
    this.#put(who, [rest])
  }

  #take(who: Who | undefined, text: string): void {
    const before = head(who)
    const lines = ((this.#open.get(before) ?? '') + text).split('\n')
    let rest = lines.pop() ?? ''
    if (rest.length > LINE_LIMIT) {
      lines.push(rest)
      rest = ''
    }
    if (rest) this.#open.set(before, rest)
    else this.#open.delete(before)
    if (lines.length) this.#put(who, lines)
  }

  #put(who: Who | undefined, lines: readonly string[]): void {
    if (who !== undefined && this.#budget.take()) {
      const header = { t: 'printed', fd: this.fd, step: who[0], traceId: who[1] }
      const text = Buffer.from(`${lines.join('\n')}\n`)
      for (let at = 0; at < text.length; at += FRAME_SIZE) this.say(header, text.subarray(at, at + FRAME_SIZE))
      return
    }
    const before = head(who)
    try {
      writeWhole(this.fd, Buffer.from(lines.map((line) => `${before}${line}\n`).join('')))
    } catch {
      return // the server is gone; so is this process soon
    }
  }
}

/** Make standard output and error those of Steps. who: tells who is printing. */
export function takeOutput(who: () => Who | undefined, say: Say): readonly StepOutput[] {
  const outputs = [new StepOutput(1, who, say), new StepOutput(2, who, say)] as const
  for (const [name, output] of [['stdout', outputs[0]], ['stderr', outputs[1]]] as const) {
    Object.defineProperty(process, name, { value: output, configurable: true, enumerable: true, writable: true })
  }
  return outputs
}

function head(who: Who | undefined): string {
  return who ? `${MARK}${who[0]}${SEPARATOR}${who[1]}${SEPARATOR}` : ''
}
