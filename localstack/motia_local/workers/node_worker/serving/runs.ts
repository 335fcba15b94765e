/**
 * Steps run for requests that arrived in this process.
 *
 * The server hears of a run when there is something to tell: a log, a call, a failure, a long time. Of the others a
 * bounded number is told, so that their traces can be seen without costing every request a frame.
 */

import type { HttpRequest, HttpResponse } from '@motia/runtime/http.ts'
import { newTraceId } from '@motia/runtime/ids.ts'
import type { LoadedStep } from '@motia/runtime/loading.ts'
import { SERVER_ERROR } from '@motia/runtime/response.ts'

import { Budget } from '../budget.ts'
import type { Channel, Line } from '../channel.ts'
import type { Header } from '../frames.ts'
import { type Answer, Run } from '../run.ts'
import type { Runner } from '../runner.ts'

const SHOW_AFTER_MS = 250
const PLAIN_BURST = 500 // runs of which there is nothing to tell, told at once ...
const PLAIN_RATE = 50 // ... and per second after that

type Respond = (response: HttpResponse) => void

/** A request that a Step is answering. number: its id, negative; the server's own ids are positive. */
export class RequestRun extends Run {
  announced = false
  readonly #startMs = Date.now()
  readonly #place: number

  constructor(number: number, place: number, step: LoadedStep, limitS: number, line: Line) {
    super(number, step, newTraceId(), limitS, line)
    this.#place = place
  }

  override unannounced(): Header[] {
    if (this.announced) return []
    this.announced = true
    const { number: id, traceId, step } = this
    return [{ t: 'began', id, place: this.#place, step: step.descriptor.id, traceId, start: this.#startMs }]
  }

  /** Tell the server of this run, once. */
  announce(): void {
    for (const header of this.unannounced()) this.line.send(header)
  }

  override beat(now: number): void {
    if (!this.announced && now > this.deadline - this.limitS * 1000 + SHOW_AFTER_MS) this.announce()
  }

  override send(header: Header, body?: Uint8Array): void {
    this.announce()
    super.send(header, body)
  }

  override call(operation: string, args: readonly unknown[], invocation: number): Promise<unknown> {
    this.announce()
    return super.call(operation, args, invocation)
  }
}

/** Starts runs. ended: called after each. */
export class RequestRuns {
  readonly #plain = new Budget(PLAIN_BURST, PLAIN_RATE)
  readonly #runner: Runner
  readonly #channel: Channel
  readonly #ended: () => void
  #last = 0

  constructor(runner: Runner, channel: Channel, ended: () => void) {
    this.#runner = runner
    this.#channel = channel
    this.#ended = ended
  }

  /** Whether a client waits for a Step. */
  get unanswered(): boolean {
    for (const run of this.#runner.active.values()) if (run.number < 0 && !run.told) return true
    return false
  }

  /** Have `step` answer with `respond`. place: of its connection. limitS: seconds. */
  start(place: number, step: LoadedStep, limitS: number, request: HttpRequest, respond: Respond): void {
    const run = new RequestRun(--this.#last, place, step, limitS, this.#channel)
    void this.#runner.run(run, { kind: 'api', request }).then((answer) => this.#end(run, answer, respond))
  }

  #end(run: RequestRun, answer: Answer, respond: Respond): void {
    const { error, failure } = answer
    if (error || failure || run.announced || this.#plain.take()) {
      run.announce()
      this.#channel.send({ t: 'ended', id: run.number, ...(error ? { error } : failure ? { failure } : {}) })
    }
    run.announced = true // for what the Step does from now on, nothing begins
    respond(error ? SERVER_ERROR : (answer as HttpResponse))
    this.#ended()
  }
}
