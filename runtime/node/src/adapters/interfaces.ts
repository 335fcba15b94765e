/**
 * The adapters a project may bring; all methods asynchronous.
 *
 * Values are JSON values, checked before an adapter sees them: groups, keys and ids are non-empty strings, stream data
 * is an object. An adapter may throw whatever it likes; the Step that called sees it.
 */

import type {
  BaseStreamItem,
  CronLock,
  CronLockInfo,
  Event,
  EventAdapterHandler,
  QueueConfig,
  StateItem,
  StateItemsInput,
  StreamChannel,
  StreamEvent,
  StreamEventHandler,
  StreamFilter,
  SubscriptionHandle,
} from './types.ts'

/** Keeps the values of `context.state`, by group and key; the reference calls a group's id a trace id here. */
export interface StateAdapter {
  get<T>(groupId: string, key: string): Promise<T | null>
  set<T>(groupId: string, key: string, value: T): Promise<T>
  delete<T>(groupId: string, key: string): Promise<T | null>
  getGroup<T>(groupId: string): Promise<T[]>
  clear(groupId: string): Promise<void>
  cleanup(): Promise<void>
  keys(groupId: string): Promise<string[]>
  traceIds(): Promise<string[]>
  items(input: StateItemsInput): Promise<StateItem[]>
}

/**
 * Keeps the items of one stream; made once for each stream, with its name.
 *
 * Items come back as objects with their `id`, which is the one they were stored under.
 */
export abstract class StreamAdapter<TData> {
  readonly streamName: string
  readonly #subscribed = new Map<string, StreamEventHandler[]>()

  constructor(streamName: string) {
    this.streamName = streamName
  }

  /** The item, or null. */
  abstract get(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  /** Create or replace an item and return it. */
  abstract set(groupId: string, id: string, data: TData): Promise<BaseStreamItem<TData>>
  /** Remove an item and return it, or null. */
  abstract delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  /** The items of a group, oldest first. */
  abstract getGroup(groupId: string): Promise<BaseStreamItem<TData>[]>

  /** Tell the handlers subscribed here to the group, and to the item when the channel has an `id`. */
  async send(channel: StreamChannel, event: StreamEvent): Promise<void> {
    const { groupId, id } = channel
    for (const key of id === undefined ? [keyOf({ groupId })] : [keyOf({ groupId }), keyOf({ groupId, id })]) {
      for (const handler of [...(this.#subscribed.get(key) ?? [])]) await handler(event)
    }
  }

  /** Call `handler` for the events sent to a channel from now on. */
  async subscribe(channel: StreamChannel, handler: StreamEventHandler): Promise<void> {
    const key = keyOf(channel)
    this.#subscribed.set(key, [...(this.#subscribed.get(key) ?? []), handler])
  }

  /** Call the handlers of this channel no more. */
  async unsubscribe(channel: StreamChannel): Promise<void> {
    this.#subscribed.delete(keyOf(channel))
  }

  /** Remove all items of a group. */
  async clear(groupId: string): Promise<void> {
    for (const item of await this.getGroup(groupId)) await this.delete(groupId, item.id)
  }

  /** The items of a group that pass the filter. */
  async query(groupId: string, filter: StreamFilter<TData>): Promise<BaseStreamItem<TData>[]> {
    const where = Object.entries(filter.where ?? {})
    let found = (await this.getGroup(groupId)).filter((item) =>
      where.every(([key, value]) => key in (item as object) && (item as Record<string, unknown>)[key] === value),
    )
    if (filter.orderBy !== undefined) found = ordered(found, filter.orderBy, filter.orderDirection === 'desc')
    const start = filter.offset ?? 0
    return found.slice(start, filter.limit === undefined ? undefined : start + filter.limit)
  }
}

/**
 * Carries events from those who emit them to the Steps that subscribe.
 *
 * usableOnAws: deployed Steps may emit to it, because something brings the events on to the Steps' queues (see
 * docs/adapters.md); without it a deploy is refused.
 */
export interface EventAdapter {
  readonly usableOnAws?: boolean
  /** Accept an event; it is not lost when this resolves. */
  emit<TData>(event: Event<TData>): Promise<void>
  /**
   * Call `handler` for every event of a topic emitted from now on. Each Step gets each event. A handler that throws has
   * failed: the adapter calls it again, up to `options.maxRetries` times.
   */
  subscribe<TData>(
    topic: string,
    stepName: string,
    handler: EventAdapterHandler<TData>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle>
  /** End a subscription; harmless when it has ended. */
  unsubscribe(handle: SubscriptionHandle): Promise<void>
  /** End all subscriptions and release connections; harmless when repeated. The adapter is not used afterwards. */
  shutdown(): Promise<void>
  /** How many subscriptions a topic has. */
  getSubscriptionCount(topic: string): Promise<number>
  /** The topics that have subscriptions. */
  listTopics(): Promise<string[]>
}

/** Gives out the locks that let a tick of a schedule run once, however many servers see it. ttl: milliseconds. */
export interface CronAdapter {
  /** The lock, or null when somebody holds it. */
  acquireLock(jobName: string, ttl: number): Promise<CronLock | null>
  /** Give a lock back; one that ended and has another holder stays with that one. */
  releaseLock(lock: CronLock): Promise<void>
  /** Hold the lock for `ttl` from now; false when it has ended. */
  renewLock(lock: CronLock, ttl: number): Promise<boolean>
  /** Whether locks can be had. */
  isHealthy(): Promise<boolean>
  /** Release connections. The adapter is not used afterwards. */
  shutdown(): Promise<void>
  /** The locks that are held now. */
  getActiveLocks(): Promise<CronLockInfo[]>
}

export type Kind = 'state' | 'streams' | 'events' | 'cron'

/** The methods that an adapter of each kind has to have. */
export const KINDS: Readonly<Record<Kind, readonly string[]>> = {
  state: ['get', 'set', 'delete', 'getGroup', 'clear', 'keys', 'traceIds', 'items'],
  streams: ['get', 'set', 'delete', 'getGroup'],
  events: ['emit', 'subscribe', 'unsubscribe', 'shutdown', 'getSubscriptionCount', 'listTopics'],
  cron: ['acquireLock', 'releaseLock', 'renewLock', 'isHealthy', 'shutdown', 'getActiveLocks'],
}

function keyOf({ groupId, id }: StreamChannel): string {
  return JSON.stringify(id === undefined ? [groupId] : [groupId, id])
}

/** Sorted by a field, numbers before strings before the rest; items without the field last, as they were. */
function ordered<TItem>(items: TItem[], key: keyof TItem, descending: boolean): TItem[] {
  const having = items.filter((item) => item[key] !== undefined && item[key] !== null)
  const rank = (item: TItem): number => (typeof item[key] === 'number' ? 0 : typeof item[key] === 'string' ? 1 : 2)
  const compare = (a: TItem, b: TItem): number => rank(a) - rank(b) || compareValues(a[key], b[key])
  having.sort((a, b) => (descending ? compare(b, a) : compare(a, b)))
  return [...having, ...items.filter((item) => item[key] === undefined || item[key] === null)]
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
