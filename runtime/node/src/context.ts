/** `context`: what a handler works with. */

import type { Backend, Topics } from './backend.ts'
import { Calls, DRAIN_LIMIT_MS } from './calls.ts'
import type { StepDescriptor } from './descriptor.ts'
import { type Emitter, emitter } from './emit.ts'
import { Logger } from './logger.ts'
import { makeState, type State } from './state.ts'
import { makeStreams, type Streams } from './streams.ts'

/**
 * The context of one invocation: traceId, flows, logger, state, emit, streams. Each can be taken out of it, and their
 * methods out of them. Middleware may add properties.
 */
export class FlowContext {
  readonly traceId: string
  readonly flows: readonly string[]
  readonly logger: Logger
  readonly state: State
  readonly emit: Emitter
  readonly streams: Streams

  readonly #calls = new Calls()

  /** streams: names of the project's streams. */
  constructor(
    step: StepDescriptor,
    backend: Backend,
    topics: Topics,
    traceId: string,
    streams: readonly string[] = [],
  ) {
    const { trace } = backend
    this.traceId = traceId
    this.flows = [...step.flows]
    this.logger = new Logger(step.name, traceId, this.flows, backend.logs, trace)
    this.state = makeState(backend.state, this.#calls, trace)
    this.emit = emitter(step, topics, traceId, backend.events, this.#calls, trace)
    this.streams = makeStreams(streams, backend.streams, this.#calls, trace)
  }

  /** Wait up to `limitMs` for the calls that the Step did not await, and log those that fail. */
  async finish(limitMs = DRAIN_LIMIT_MS): Promise<void> {
    await this.#calls.drain((call, error) => {
      this.logger.error(`context.${call} was not awaited and failed`, { error })
    }, limitMs)
  }
}
