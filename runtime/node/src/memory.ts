/** A backend that lives in maps: for tests, and for trying a Step without any place to run it. */

import type {
  Backend,
  EventPublisher,
  LogRecord,
  LogSink,
  Message,
  SentEvent,
  StateStore,
  StreamItem,
  StreamStore,
  TraceEvent,
  TraceSink,
} from './backend.ts'

/** groups: values by group, then key. */
export class MemoryState implements StateStore {
  readonly groups = new Map<string, Map<string, unknown>>()

  async get(group: string, key: string): Promise<unknown> {
    return structuredClone(this.groups.get(group)?.get(key) ?? null)
  }

  async set(group: string, key: string, value: unknown): Promise<unknown> {
    if (!this.groups.has(group)) this.groups.set(group, new Map())
    this.groups.get(group)!.set(key, structuredClone(value))
    return value
  }

  async delete(group: string, key: string): Promise<unknown> {
    const removed = await this.get(group, key)
    this.groups.get(group)?.delete(key)
    return removed
  }

  async getGroup(group: string): Promise<unknown[]> {
    const sorted = [...(this.groups.get(group) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return structuredClone(sorted.map(([, value]) => value))
  }

  async clear(group: string): Promise<void> {
    this.groups.delete(group)
  }
}

/** What subscribers would have been told. */
export interface Pushed {
  readonly streamName: string
  readonly groupId: string
  readonly id: string | null
  readonly event: Record<string, unknown>
}

/** pushed: in order. */
export class MemoryStreams implements StreamStore {
  readonly pushed: Pushed[] = []
  readonly #groups = new Map<string, Map<string, StreamItem>>()

  async get(stream: string, group: string, id: string): Promise<StreamItem | null> {
    return structuredClone(this.#items(stream, group).get(id) ?? null)
  }

  async set(stream: string, group: string, id: string, data: StreamItem): Promise<StreamItem> {
    const items = this.#items(stream, group)
    const item = { ...structuredClone(data), id, _createdAt: data._createdAt ?? Date.now() }
    this.#push(stream, group, id, { type: items.has(id) ? 'update' : 'create', data: item })
    items.set(id, item)
    return structuredClone(item)
  }

  async delete(stream: string, group: string, id: string): Promise<StreamItem | null> {
    const items = this.#items(stream, group)
    const item = items.get(id)
    if (!item) return null
    items.delete(id)
    this.#push(stream, group, id, { type: 'delete', data: item })
    return item
  }

  async getGroup(stream: string, group: string): Promise<StreamItem[]> {
    const sorted = [...this.#items(stream, group).values()].sort((a, b) => created(a) - created(b))
    return structuredClone(sorted)
  }

  async send(stream: string, group: string, id: string | null, event: SentEvent): Promise<void> {
    this.#push(stream, group, id, { type: 'event', event })
  }

  #items(stream: string, group: string): Map<string, StreamItem> {
    const key = JSON.stringify([stream, group])
    let items = this.#groups.get(key)
    if (!items) this.#groups.set(key, (items = new Map()))
    return items
  }

  #push(streamName: string, groupId: string, id: string | null, event: Record<string, unknown>): void {
    this.pushed.push({ streamName, groupId, id, event: structuredClone(event) })
  }
}

/** Keeps what is published. fail: `publish` rejects with it instead, when set. */
export class MemoryEvents implements EventPublisher {
  readonly messages: Message[] = []
  fail: Error | undefined

  async publish(messages: readonly Message[]): Promise<void> {
    if (this.fail) throw this.fail
    this.messages.push(...messages)
  }
}

export class MemoryLogs implements LogSink {
  readonly records: LogRecord[] = []

  write(record: LogRecord): void {
    this.records.push(record)
  }
}

export class MemoryTrace implements TraceSink {
  readonly events: TraceEvent[] = []

  add(event: TraceEvent): void {
    this.events.push(event)
  }
}

/** A Backend whose parts can be looked into. */
export class MemoryBackend implements Backend {
  readonly state = new MemoryState()
  readonly streams = new MemoryStreams()
  readonly events = new MemoryEvents()
  readonly logs = new MemoryLogs()
  readonly trace = new MemoryTrace()
}

function created(item: StreamItem): number {
  return typeof item._createdAt === 'number' ? item._createdAt : 0
}
