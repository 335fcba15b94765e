/**
 * What Steps print, line by line, marked with who printed it.
 *
 * A line on the pipe is `\x1eSTEP\x1fTRACE\x1fTEXT\n` when a Step printed it and `TEXT\n` when it is not known who did
 * (a native library, a child process). Writes go straight to the file descriptor: what was printed before a crash is
 * not lost.
 */

import { Writable } from 'node:stream'

import { writeWhole } from './outbox.ts'

const MARK = '\x1e'
const SEPARATOR = '\x1f'
const LINE_LIMIT = 16 * 1024 // characters kept while waiting for the end of a line

/** Name of the Step, trace id. */
export type Who = readonly [string, string]

/** `process.stdout` or `process.stderr` of a worker. */
export class StepOutput extends Writable {
  readonly #open = new Map<string, string>() // unfinished lines, by what stands before them

  constructor(
    readonly fd: 1 | 2,
    private readonly who: () => Who | undefined,
  ) {
    super({ decodeStrings: false })
  }

  readonly isTTY = false

  /** Write now, not when the stream has its turn: only now it is known who writes. */
  override write(chunk: unknown, encoding?: unknown, done?: unknown): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()
    this.#take(head(this.who()), text)
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
    this.#put(`${before}${rest}\n`)
  }

  #take(before: string, text: string): void {
    const lines = ((this.#open.get(before) ?? '') + text).split('\n')
    let rest = lines.pop() ?? ''
    if (rest.length > LINE_LIMIT) {
      lines.push(rest)
      rest = ''
    }
    if (rest) this.#open.set(before, rest)
    else this.#open.delete(before)
    if (lines.length) this.#put(lines.map((line) => `${before}${line}\n`).join(''))
  }

  #put(text: string): void {
    try {
      writeWhole(this.fd, Buffer.from(text))
    } catch {
      return // the server is gone; so is this process soon
    }
  }
}

/** Make standard output and error those of Steps. who: tells who is printing. */
export function takeOutput(who: () => Who | undefined): readonly StepOutput[] {
  const outputs = [new StepOutput(1, who), new StepOutput(2, who)] as const
  for (const [name, output] of [['stdout', outputs[0]], ['stderr', outputs[1]]] as const) {
    Object.defineProperty(process, name, { value: output, configurable: true, enumerable: true, writable: true })
  }
  return outputs
}

function head(who: Who | undefined): string {
  return who ? `${MARK}${who[0]}${SEPARATOR}${who[1]}${SEPARATOR}` : ''
}
