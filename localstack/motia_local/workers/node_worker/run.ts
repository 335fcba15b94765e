/** One run of a Step, from its beginning to its answer, and who is running right now. */

import { AsyncLocalStorage } from 'node:async_hooks'

import { StepError } from '@motia/runtime/errors.ts'
import { describe, type Code } from '@motia/runtime/failure.ts'
import type { HeaderPairs } from '@motia/runtime/http.ts'
import type { LoadedStep } from '@motia/runtime/loading.ts'

import type { Line } from './channel.ts'
import type { Header } from './frames.ts'
import type { Who } from './output.ts'

/** Why a run failed. */
export interface Failed {
  readonly type: string
  readonly message: string
  readonly stack?: string
  readonly code?: Code
  readonly kind: 'raised' | 'timeout'
}

/** What came of a run. failure: of an API Step whose answer is the 500 that stands for it; it is on record. */
export interface Answer {
  readonly status?: number
  readonly headers?: HeaderPairs
  readonly body?: Buffer
  readonly failure?: unknown
  readonly value?: unknown
  readonly error?: Failed
}

/** A run that has begun. number: its id. line: the way to the server, for what the Step asks. */
export class Run implements Line {
  readonly who: Who
  readonly deadline: number // of `performance.now`
  told = false // the answer is given
  overdue = false // its time was over before it was done: what the handler does after that is of no use any more
  ended = false // the handler is done
  #give: (answer: Answer) => void = () => {}

  constructor(
    readonly number: number,
    readonly step: LoadedStep,
    readonly traceId: string,
    readonly limitS: number,
    protected readonly line: Line,
  ) {
    this.who = [step.descriptor.name, traceId]
    this.deadline = performance.now() + limitS * 1000
  }

  /** Told now and then while it runs. now: of `performance.now`. */
  beat(_now: number): void {}

  /** What the server must know before it is told that this run blocks its worker. */
  unannounced(): Header[] {
    return []
  }

  /** The answer that is given first: by `work`, which never rejects, or by `tell`. */
  answered(work: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve) => {
      this.#give = resolve
      void work().then((answer) => this.tell(answer))
    })
  }

  /** Give the answer, if none is given. */
  tell(answer: Answer): void {
    if (this.told) return
    this.told = true
    this.#give(answer)
  }

  // what its context stands on

  send(header: Header, body?: Uint8Array): void {
    this.line.send(header, body)
  }

  call(operation: string, args: readonly unknown[], invocation: number): Promise<unknown> {
    if (!this.overdue) return this.line.call(operation, args, invocation)
    return Promise.reject(new StepError(`${operation} comes too late: the time of the invocation is over`))
  }
}

/** The run that the code asking this belongs to; undefined for code that belongs to none. */
export const current = new AsyncLocalStorage<Run>()

/** What a handler threw, as an answer has it. */
export function failed(error: unknown): Failed {
  const { name, ...told } = describe(error)
  return { type: name, ...told, kind: 'raised' }
}
