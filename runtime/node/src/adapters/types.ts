/** What adapters are given and give: the supporting types of the API reference. */

export type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null'

/** An item of a stream: the stored object with its `id`. */
export type BaseStreamItem<TData = unknown> = TData & { id: string }

/** Whom an event of a stream is for: everybody in a group, or with `id` the subscribers of an item as well. */
export interface StreamChannel {
  groupId: string
  id?: string
}

/** An event that is not kept. */
export interface StreamEvent<TData = unknown> {
  type: string
  data: TData
}

export type StreamEventHandler<TData = unknown> = (event: StreamEvent<TData>) => void | Promise<void>

/**
 * Which items `StreamAdapter.query` gives. where: fields that must be equal. orderBy: a field; items without it come
 * last. offset, limit: how many are left out, and how many follow at most.
 */
export interface StreamFilter<TData = unknown> {
  where?: Partial<TData>
  orderBy?: keyof TData
  orderDirection?: 'asc' | 'desc'
  offset?: number
  limit?: number
}

/** A value of the state with its place. */
export interface StateItem {
  groupId: string
  key: string
  type: JsonType
  value: unknown
}

/** Which items `StateAdapter.items` gives: those of one group, or all. traceId: the same as groupId. */
export interface StateItemsInput {
  groupId?: string
  traceId?: string
}

/**
 * An emitted event. timestamp: milliseconds since the epoch. flows: of the emitting Step. messageGroupId: events of one
 * group are handled one after another by Steps with a FIFO queue.
 */
export interface Event<TData = unknown> {
  topic: string
  data: TData
  timestamp?: number
  traceId?: string
  flows?: string[]
  messageGroupId?: string
}

export type EventAdapterHandler<TData = unknown> = (event: Event<TData>) => void | Promise<void>

/**
 * How a Step wants its events (`infrastructure.queue`). visibilityTimeout, delaySeconds: seconds. concurrency: attempts
 * at a time, the adapter's own choice without it.
 */
export interface QueueConfig {
  type: 'standard' | 'fifo'
  maxRetries: number
  visibilityTimeout: number
  delaySeconds: number
  concurrency?: number
}

/** One subscription. unsubscribe: ends it, as `EventAdapter.unsubscribe(handle)` does. */
export interface SubscriptionHandle {
  topic: string
  id: string
  unsubscribe: () => Promise<void>
}

/** A lock that is held. acquiredAt, expiresAt: milliseconds since the epoch. instanceId: of its holder. */
export interface CronLockInfo {
  jobName: string
  instanceId: string
  acquiredAt: number
  expiresAt: number
}

/** A lock as its holder has it; lockId tells this acquisition from every other. */
export interface CronLock extends CronLockInfo {
  lockId: string
}

/** The name JSON has for the type of a value. */
export function jsonType(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object'
}
