/** Streams in DynamoDB: partition `group` = "<stream>#<group>", sort `id`. */

import type { SentEvent, StreamItem, StreamStore } from '../backend.ts'
import { byBytes } from './json.ts'
import type { TimedTable } from './timed_values.ts'

const CREATED_AT = '_createdAt'

/** {"type": "create" | "update" | "delete", "data": item} or {"type": "event", "event": {"type", "data"}}. */
export type Change =
  | { readonly type: 'create' | 'update' | 'delete'; readonly data: StreamItem }
  | { readonly type: 'event'; readonly event: SentEvent }

/** Tells the subscribers of a stream what happened to it. */
export interface Pusher {
  /**
   * With `id`, the subscribers of the item hear it as well as those of the group. timestamp: milliseconds since the
   * epoch, greater than any before of that item; undefined where only the time here is known. Never rejects: what is
   * told has happened.
   */
  push(stream: string, group: string, id: string | null, change: Change, timestamp?: number): Promise<void>
}

/** A Pusher made at its first push: a Step that does not touch streams does not pay for it. */
export class LatePusher implements Pusher {
  readonly #make: () => Pusher
  #made: Pusher | undefined

  constructor(make: () => Pusher) {
    this.#make = make
  }

  async push(stream: string, group: string, id: string | null, change: Change, timestamp?: number): Promise<void> {
    this.#made ??= this.#make()
    await this.#made.push(stream, group, id, change, timestamp)
  }
}

/** A StreamStore. table: sorted by `id`. pusher: none when nobody can listen. clock: milliseconds. AwsError. */
export class DynamoStreams implements StreamStore {
  readonly #table: TimedTable
  readonly #pusher: Pusher | undefined
  readonly #clock: () => number
  #last = 0

  constructor(table: TimedTable, pusher?: Pusher, clock: () => number = Date.now) {
    this.#table = table
    this.#pusher = pusher
    this.#clock = clock
  }

  /** The item, or null. */
  async get(stream: string, group: string, id: string): Promise<StreamItem | null> {
    return (await this.#table.read(partition(stream, group), id)) as StreamItem | null
  }

  /** Create or replace an item, tell the subscribers, return it with its `id` and `_createdAt`. */
  async set(stream: string, group: string, id: string, data: StreamItem): Promise<StreamItem> {
    const now = this.#now()
    const item = { ...data, id, [CREATED_AT]: data[CREATED_AT] ?? this.#clock() }
    const { value: existed, at } = await this.#table.replaceAt(partition(stream, group), id, item, now)
    await this.#pusher?.push(stream, group, id, { type: existed ? 'update' : 'create', data: item }, at)
    return item
  }

  /** Remove an item, tell the subscribers, return it, or null: then nothing happened and nobody is told. */
  async delete(stream: string, group: string, id: string): Promise<StreamItem | null> {
    const { value, at } = await this.#table.removeAt(partition(stream, group), id, this.#now())
    const item = value as StreamItem | null
    if (item) await this.#pusher?.push(stream, group, id, { type: 'delete', data: item }, at)
    return item
  }

  /** The items of a group, oldest first, then by id. */
  async getGroup(stream: string, group: string): Promise<StreamItem[]> {
    const items = (await this.#table.readAll(partition(stream, group))) as StreamItem[]
    return items.sort(byAge)
  }

  /** Tell the subscribers of a group (and of an item, with `id`) an event that is not kept. */
  async send(stream: string, group: string, id: string | null, event: SentEvent): Promise<void> {
    if (!this.#pusher) return
    const now = this.#now()
    // the item's subscribers take no message that is not newer than the item
    const at = id === null ? now : await this.#table.touch(partition(stream, group), id, now)
    await this.#pusher.push(stream, group, id, { type: 'event', event }, at)
  }

  /** Milliseconds since the epoch, each time more. */
  #now(): number {
    this.#last = Math.max(this.#clock(), this.#last + 1)
    return this.#last
  }
}

function partition(stream: string, group: string): string {
  return `${stream}#${group}`
}

function byAge(one: StreamItem, other: StreamItem): number {
  return age(one) - age(other) || byBytes(idOf(one), idOf(other))
}

/** Its time; true and false count as Python counts them, because both languages read the same group. */
function age(item: StreamItem): number {
  const created = item[CREATED_AT]
  return typeof created === 'number' || typeof created === 'boolean' ? Number(created) : 0
}

function idOf(item: StreamItem): string {
  return typeof item['id'] === 'string' ? item['id'] : ''
}
