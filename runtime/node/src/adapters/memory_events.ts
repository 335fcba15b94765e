/** Events in memory: an adapter for tests, with the retries, delays and message groups of the real ones. */

import type { EventAdapter } from './interfaces.ts'
import type { Event, EventAdapterHandler, QueueConfig, SubscriptionHandle } from './types.ts'

export const CONCURRENCY = 10
export const RETRY_DELAY_MS = 2_000

const DEFAULTS: QueueConfig = { type: 'standard', maxRetries: 3, visibilityTimeout: 30, delaySeconds: 0 }

/** An event that failed all its attempts. error: of the last one. */
export interface GivenUp {
  readonly stepName: string
  readonly event: Event
  readonly error: string
}

interface Attempt {
  readonly event: Event
  number: number
}

/** The events of one topic on their way to one Step, and who handles them: subscribers take turns. */
class MemoryQueue {
  readonly topic: string
  readonly stepName: string
  readonly options: QueueConfig
  readonly handlers = new Map<string, EventAdapterHandler>()
  waiting: Attempt[] = []
  readonly #busy = new Map<string | undefined, number>() // attempts at work, by message group on a FIFO queue

  constructor(topic: string, stepName: string, options: QueueConfig) {
    this.topic = topic
    this.stepName = stepName
    this.options = options
  }

  /** The next event that may run now. */
  take(): Attempt | undefined {
    const running = [...this.#busy.values()].reduce((sum, count) => sum + count, 0)
    if (running >= (this.options.concurrency ?? CONCURRENCY) || !this.handlers.size) return undefined
    const at = this.waiting.findIndex(({ event }) => !this.isFifo || !this.#busy.has(this.#lane(event)))
    if (at < 0) return undefined
    const [attempt] = this.waiting.splice(at, 1)
    const lane = this.#lane(attempt!.event)
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1)
    return attempt
  }

  done(attempt: Attempt): void {
    const lane = this.#lane(attempt.event)
    const left = this.#busy.get(lane)! - 1
    if (left) this.#busy.set(lane, left)
    else this.#busy.delete(lane)
  }

  get isFifo(): boolean {
    return this.options.type === 'fifo'
  }

  /** The group whose events run one after another; undefined when there is none. */
  #lane(event: Event): string | undefined {
    return this.isFifo ? (event.messageGroupId ?? '') : undefined
  }
}

/** By topic and Step; shared by adapters that stand for several processes. */
export type Bus = Map<string, MemoryQueue>

/** retryDelayMs: from a failed attempt to the next. givenUp: what a dead-letter queue would hold. */
export class MemoryEventAdapter implements EventAdapter {
  readonly givenUp: GivenUp[] = []
  readonly #bus: Bus
  readonly #retryDelayMs: number
  readonly #own = new Map<string, MemoryQueue>() // by subscription
  readonly #timers = new Set<NodeJS.Timeout>()
  #running = 0
  #idle: (() => void)[] = []

  constructor(bus: Bus = new Map(), options: { readonly retryDelayMs?: number } = {}) {
    this.#bus = bus
    this.#retryDelayMs = options.retryDelayMs ?? RETRY_DELAY_MS
  }

  async emit<TData>(event: Event<TData>): Promise<void> {
    const text = JSON.stringify(event)
    for (const queue of this.#bus.values()) {
      if (queue.topic !== event.topic || !queue.handlers.size) continue
      const attempt = { event: JSON.parse(text) as Event, number: 1 }
      this.#later(queue.options.delaySeconds * 1000, () => {
        queue.waiting.push(attempt)
        this.#pump(queue)
      })
    }
  }

  async subscribe<TData>(
    topic: string,
    stepName: string,
    handler: EventAdapterHandler<TData>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle> {
    const key = JSON.stringify([topic, stepName])
    const queue = this.#bus.get(key) ?? new MemoryQueue(topic, stepName, options ?? DEFAULTS)
    this.#bus.set(key, queue)
    const id = `${stepName}-${crypto.randomUUID()}`
    queue.handlers.set(id, handler as EventAdapterHandler)
    this.#own.set(id, queue)
    return { topic, id, unsubscribe: async () => this.#end(id) }
  }

  async unsubscribe(handle: SubscriptionHandle): Promise<void> {
    this.#end(handle.id)
  }

  async shutdown(): Promise<void> {
    for (const id of [...this.#own.keys()]) this.#end(id)
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#changed()
  }

  async getSubscriptionCount(topic: string): Promise<number> {
    const queues = [...this.#bus.values()].filter((queue) => queue.topic === topic)
    return queues.reduce((sum, queue) => sum + queue.handlers.size, 0)
  }

  async listTopics(): Promise<string[]> {
    const queues = [...this.#bus.values()].filter((queue) => queue.handlers.size)
    return [...new Set(queues.map((queue) => queue.topic))].sort()
  }

  /** Resolves when no event waits or runs. */
  async whenIdle(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #isIdle(): boolean {
    const waits = [...this.#bus.values()].some((queue) => queue.waiting.length && queue.handlers.size)
    return !this.#running && !this.#timers.size && !waits
  }

  #changed(): void {
    if (!this.#isIdle()) return
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }

  #end(id: string): void {
    this.#own.get(id)?.handlers.delete(id)
    this.#own.delete(id)
    this.#changed()
  }

  #later(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
      this.#changed()
    }, delayMs)
    this.#timers.add(timer)
  }

  #pump(queue: MemoryQueue): void {
    for (let attempt = queue.take(); attempt; attempt = queue.take()) void this.#run(queue, attempt)
  }

  async #run(queue: MemoryQueue, attempt: Attempt): Promise<void> {
    const [id, handler] = queue.handlers.entries().next().value!
    queue.handlers.delete(id)
    queue.handlers.set(id, handler) // the next event is another's
    this.#running += 1
    let again = false
    try {
      await handler(attempt.event)
    } catch (error) {
      again = attempt.number <= queue.options.maxRetries
      attempt.number += 1
      if (!again) this.givenUp.push({ stepName: queue.stepName, event: attempt.event, error: String(error) })
    }
    this.#running -= 1
    if (again) this.#later(this.#retryDelayMs, () => this.#repeat(queue, attempt))
    if (!again || !queue.isFifo) this.#finish(queue, attempt) // the group waits with an attempt that is repeated
  }

  #repeat(queue: MemoryQueue, attempt: Attempt): void {
    if (queue.isFifo) {
      queue.waiting.unshift(attempt)
      this.#finish(queue, attempt)
    } else {
      queue.waiting.push(attempt)
      this.#pump(queue)
    }
  }

  #finish(queue: MemoryQueue, attempt: Attempt): void {
    queue.done(attempt)
    this.#pump(queue)
    this.#changed()
  }
}
