/**
 * What a Step's context stands on: one shape for every place a Step can run.
 *
 * The Lambda runtime fills it with DynamoDB, SQS and standard output, the local workers with calls to the engine, tests
 * with maps. Everything here is asynchronous, takes and gives JSON values, and checks nothing: the context has already
 * done that.
 */

/** An event Step as seen by an emitter: its name, its id in resource names, the kind of its queue. */
export interface Subscriber {
  readonly name: string
  readonly id: string
  readonly fifo: boolean
}

/** Subscribers by topic. */
export type Topics = Readonly<Record<string, readonly Subscriber[]>>

/**
 * One event on its way to one subscriber.
 *
 * groupId: FIFO message group, or fair-queue tenant of a standard queue. dedupId: unique for each emit, so that a
 * repeated send is recognised and two equal events are not.
 */
export interface Message {
  readonly subscriber: Subscriber
  readonly topic: string
  readonly data: unknown
  readonly traceId: string
  readonly flows: readonly string[]
  readonly groupId?: string | undefined
  readonly dedupId: string
}

/** An item of a stream: the stored object with its `id`. */
export type StreamItem = Record<string, unknown>

/** Values by group and key. */
export interface StateStore {
  /** The value, or null. */
  get(group: string, key: string): Promise<unknown>
  /** Store and return the value. */
  set(group: string, key: string, value: unknown): Promise<unknown>
  /** Remove and return the value, or null. */
  delete(group: string, key: string): Promise<unknown>
  /** All values of a group, in order of their keys. */
  getGroup(group: string): Promise<unknown[]>
  /** Remove a group. */
  clear(group: string): Promise<void>
}

/** Items by stream, group and id. */
export interface StreamStore {
  /** The item, or null. */
  get(stream: string, group: string, id: string): Promise<StreamItem | null>
  /** Create or replace an item, tell the subscribers, return it. */
  set(stream: string, group: string, id: string, data: StreamItem): Promise<StreamItem>
  /** Remove an item, tell the subscribers, return it, or null. */
  delete(stream: string, group: string, id: string): Promise<StreamItem | null>
  /** The items of a group, oldest first. */
  getGroup(stream: string, group: string): Promise<StreamItem[]>
  /** Tell the subscribers of a group (and of an item, with `id`) an event that is not kept. */
  send(stream: string, group: string, id: string | null, event: SentEvent): Promise<void>
}

/** An event of a stream that is not kept. */
export interface SentEvent {
  readonly type: string
  readonly data: unknown
}

/** Accepts events. When `publish` resolves, every message is durable; when it rejects, the caller may repeat it. */
export interface EventPublisher {
  publish(messages: readonly Message[]): Promise<void>
}

/** A finished log record: {timestamp, level, step, traceId, flows, msg, ...}. */
export type LogRecord = Record<string, unknown>

/** Takes finished log records; never throws, never blocks for long. */
export interface LogSink {
  write(record: LogRecord): void
}

/** An event of a running Step: {type: state|emit|stream|log, timestamp, ...}. */
export type TraceEvent = Record<string, unknown>

/** Takes the events of a running Step. */
export interface TraceSink {
  add(event: TraceEvent): void
}

/** Everything a Step's context needs from the place it runs in. Without `trace` no events are made. */
export interface Backend {
  readonly state: StateStore
  readonly streams: StreamStore
  readonly events: EventPublisher
  readonly logs: LogSink
  readonly trace?: TraceSink | undefined
}
