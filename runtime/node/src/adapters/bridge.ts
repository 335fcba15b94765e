/** A project's adapters as the stores that contexts stand on (`backend.ts`). */

import type { EventPublisher, Message, SentEvent, StateStore, StreamItem, StreamStore, Subscriber } from '../backend.ts'
import type { EventAdapter, StateAdapter, StreamAdapter } from './interfaces.ts'
import type { Event } from './types.ts'

/** Tell the subscribers of a stream; id: null for those of the group alone. */
export type Push = (stream: string, group: string, id: string | null, event: Record<string, unknown>) => Promise<void>

/** Stands for the event adapter in a routing table, so that it gets events that no Step subscribes to as well. */
export const OUTSIDE: Subscriber = { name: '(adapter)', id: '(adapter)', fifo: false }

/** A StateStore over a StateAdapter. */
export class AdapterState implements StateStore {
  readonly adapter: StateAdapter

  constructor(adapter: StateAdapter) {
    this.adapter = adapter
  }

  async get(group: string, key: string): Promise<unknown> {
    return (await this.adapter.get<unknown>(group, key)) ?? null
  }

  async set(group: string, key: string, value: unknown): Promise<unknown> {
    await this.adapter.set(group, key, value)
    return value
  }

  async delete(group: string, key: string): Promise<unknown> {
    return (await this.adapter.delete<unknown>(group, key)) ?? null
  }

  async getGroup(group: string): Promise<unknown[]> {
    return [...(await this.adapter.getGroup<unknown>(group))]
  }

  async clear(group: string): Promise<void> {
    await this.adapter.clear(group)
  }
}

/** A StreamStore over one StreamAdapter for each stream. make: makes that of a stream, at its first use. */
export class AdapterStreams implements StreamStore {
  readonly #make: (stream: string) => StreamAdapter<unknown>
  readonly #push: Push
  readonly #adapters = new Map<string, StreamAdapter<unknown>>()

  constructor(make: (stream: string) => StreamAdapter<unknown>, push: Push) {
    this.#make = make
    this.#push = push
  }

  /** The adapter of a stream. */
  adapter(stream: string): StreamAdapter<unknown> {
    let found = this.#adapters.get(stream)
    if (!found) this.#adapters.set(stream, (found = this.#make(stream)))
    return found
  }

  async get(stream: string, group: string, id: string): Promise<StreamItem | null> {
    return withId(await this.adapter(stream).get(group, id), id)
  }

  async set(stream: string, group: string, id: string, data: StreamItem): Promise<StreamItem> {
    const adapter = this.adapter(stream)
    const existed = withId(await adapter.get(group, id), id) !== null
    const item = withId(await adapter.set(group, id, { ...data, id }), id) ?? { ...data, id }
    await this.#push(stream, group, id, { type: existed ? 'update' : 'create', data: item })
    return item
  }

  /** null, and nothing told, if there was no item. */
  async delete(stream: string, group: string, id: string): Promise<StreamItem | null> {
    const item = withId(await this.adapter(stream).delete(group, id), id)
    if (item) await this.#push(stream, group, id, { type: 'delete', data: item })
    return item
  }

  /** In the adapter's order. */
  async getGroup(stream: string, group: string): Promise<StreamItem[]> {
    return (await this.adapter(stream).getGroup(group)).map((item) => ({ ...item }))
  }

  /** Tells the adapter as well. */
  async send(stream: string, group: string, id: string | null, event: SentEvent): Promise<void> {
    const channel = id === null ? { groupId: group } : { groupId: group, id }
    await this.adapter(stream).send(channel, { type: event.type, data: event.data })
    await this.#push(stream, group, id, { type: 'event', event })
  }
}

/** An EventPublisher over an EventAdapter: one `emit` for each emitted event, however many Steps subscribe. */
export class AdapterEvents implements EventPublisher {
  readonly adapter: EventAdapter

  constructor(adapter: EventAdapter) {
    this.adapter = adapter
  }

  /** Rejects with what the adapter throws. */
  async publish(messages: readonly Message[]): Promise<void> {
    for (const event of eventsOf(messages)) await this.adapter.emit(event)
  }
}

/** The events of messages, of which there is one for each subscriber. */
export function eventsOf(messages: readonly Message[]): Event[] {
  const now = Date.now()
  const once = new Map<unknown, Message>()
  for (const message of messages) once.set(message.dedupId || message, message)
  return Array.from(once.values(), ({ topic, data, traceId, flows, groupId }) => {
    const event: Event = { topic, data, timestamp: now, traceId, flows: [...flows] }
    if (groupId !== undefined) event.messageGroupId = groupId
    return event
  })
}

/** The name of the lock that lets a tick of a cron Step run once: the same in every process that sees the tick. */
export function tickName(stepId: string, tick: Date): string {
  const moment = tick.toISOString()
  return `cron#${stepId}#${moment.slice(0, tick.getUTCSeconds() ? 19 : 16)}`
}

function withId(item: object | null | undefined, id: string): StreamItem | null {
  return item === null || item === undefined ? null : { ...item, id }
}
