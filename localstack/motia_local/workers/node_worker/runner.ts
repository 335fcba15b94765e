/**
 * Running Steps, all of them on one event loop.
 *
 *     const answer = await runner.run(new Run(number, step, traceId, limitS, channel), { kind: 'api', request })
 *
 * An invocation that is over its time is answered without its handler, whose calls are refused from then on. If the
 * handler does not end either, the worker is `tainted`: the server replaces it.
 */

import { AsyncResource } from 'node:async_hooks'

import type { BundleDescriptor } from '@motia/runtime/descriptor.ts'
import { describe, type Described } from '@motia/runtime/failure.ts'
import type { HttpRequest } from '@motia/runtime/http.ts'
import { invokeApi, invokeCron, invokeEvent } from '@motia/runtime/invoke.ts'
import type { LoadedStep } from '@motia/runtime/loading.ts'
import { SERVER_ERROR } from '@motia/runtime/response.ts'
import { authenticate, mayJoin, type AccessRequest } from '@motia/runtime/stream_access.ts'

import { makeBackend } from './backend.ts'
import { LogBudget } from './budget.ts'
import type { Channel } from './channel.ts'
import type { Pulse } from './pulse.ts'
import { current, failed, type Answer, type Run } from './run.ts'

const STOP_MS = 1000 // what a handler that is over its time may take to end

/** What a Step is run for. */
export type Ask =
  | { readonly kind: 'api'; readonly request: HttpRequest }
  | { readonly kind: 'event'; readonly data: unknown }
  | { readonly kind: 'cron' }
  | { readonly kind: 'authenticate'; readonly data: { headers: Record<string, string>; url: string } }
  | { readonly kind: 'access'; readonly data: { subscription: AccessRequest; context: unknown } }

/** Runs the Steps of a worker. done: told after the last line of each run. */
export class Runner {
  readonly steps = new Map<string, LoadedStep>() // by id
  descriptor: BundleDescriptor = { steps: [], topics: {}, streams: [], guards: {}, adapters: [] }
  readonly active = new Map<number, Run>()
  readonly #budget = new LogBudget()
  readonly #outside = new AsyncResource('motia.runner')
  #tainted = false

  constructor(
    private readonly channel: Channel,
    private readonly pulse: Pulse,
    private readonly done: (run: Run) => void,
  ) {}

  /** The answer of a Step, or that it took too long; never rejects. */
  run(run: Run, ask: Ask): Promise<Answer> {
    this.active.set(run.number, run)
    this.pulse.running(this.active.size, run.number, run.limitS * 1000)
    this.pulse.begin(() => this.#beat())
    // what a Step leaves in its asynchronous context is not seen by the next that the same socket brings
    const own = this.#outside.runInAsyncScope(() => new AsyncResource('motia.run'))
    return own.runInAsyncScope(() => current.run(run, () => run.answered(() => this.#work(run, ask))))
  }

  async #work(run: Run, ask: Ask): Promise<Answer> {
    try {
      return await this.#invoke(run, ask)
    } catch (error) {
      return { error: failed(error) }
    } finally {
      run.ended = true
      this.active.delete(run.number)
      if (this.active.size === 1) this.#tellOnly()
      this.done(run)
    }
  }

  #tellOnly(): void {
    for (const run of this.active.values()) this.pulse.running(1, run.number, run.deadline - performance.now())
  }

  async #invoke(run: Run, ask: Ask): Promise<Answer> {
    const { step, traceId } = run
    const { topics, streams } = this.descriptor
    const backend = makeBackend(run, run.number, this.#budget)
    switch (ask.kind) {
      case 'api': {
        const response = await invokeApi(step, ask.request, backend, topics, { traceId, streams })
        return response === SERVER_ERROR ? { ...response, failure: onRecord(backend.logs.lastError?.error) } : response
      }
      case 'event':
        await invokeEvent(step, ask.data, backend, topics, { traceId, streams })
        return {}
      case 'cron':
        await invokeCron(step, backend, topics, { traceId, streams })
        return {}
      case 'authenticate':
        return { value: await authenticate(step, ask.data.headers, ask.data.url) }
      case 'access':
        return { value: await mayJoin(step, ask.data.subscription, ask.data.context) }
    }
  }

  /** Answer those whose time is up. Whether any is at work. */
  #beat(): boolean {
    const now = performance.now()
    for (const run of this.active.values()) {
      run.beat(now)
      if (now < run.deadline || run.told) continue
      run.overdue = true
      run.tell({ error: { type: 'TimeoutError', message: `ran longer than ${run.limitS} s`, kind: 'timeout' } })
      setTimeout(() => this.#checkEnded(run), STOP_MS)
    }
    return this.active.size > 0
  }

  #checkEnded(run: Run): void {
    if (run.ended || this.#tainted) return
    this.#tainted = true
    this.channel.send({ t: 'tainted' })
  }
}

/** The failure in an error record: whatever was thrown, as an error is described. */
function onRecord(error: unknown): Described {
  const isDescribed = typeof error === 'object' && error !== null && 'message' in error && 'stack' in error
  return isDescribed ? (error as Described) : describe(error)
}
