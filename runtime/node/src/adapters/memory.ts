/**
 * State, streams and cron locks in maps: adapters for tests, and the shortest examples of one.
 *
 * The maps may be given, so that several adapters share them as processes share a store.
 */

import { newId } from '../ids.ts'
import { type CronAdapter, type StateAdapter, StreamAdapter } from './interfaces.ts'
import { type BaseStreamItem, type CronLock, type CronLockInfo, jsonType, type StateItem } from './types.ts'
import type { StateItemsInput } from './types.ts'

/** Values by group, then key or id. */
export type Groups<T = unknown> = Map<string, Map<string, T>>

export class MemoryStateAdapter implements StateAdapter {
  readonly #groups: Groups

  constructor(groups: Groups = new Map()) {
    this.#groups = groups
  }

  async get<T>(groupId: string, key: string): Promise<T | null> {
    return structuredClone((this.#groups.get(groupId)?.get(key) ?? null) as T | null)
  }

  async set<T>(groupId: string, key: string, value: T): Promise<T> {
    groupOf(this.#groups, groupId).set(key, structuredClone(value))
    return value
  }

  async delete<T>(groupId: string, key: string): Promise<T | null> {
    return (take(this.#groups, groupId, key) ?? null) as T | null
  }

  async getGroup<T>(groupId: string): Promise<T[]> {
    return structuredClone(this.#sorted(groupId).map(([, value]) => value as T))
  }

  async clear(groupId: string): Promise<void> {
    this.#groups.delete(groupId)
  }

  async cleanup(): Promise<void> {}

  async keys(groupId: string): Promise<string[]> {
    return this.#sorted(groupId).map(([key]) => key)
  }

  async traceIds(): Promise<string[]> {
    return [...this.#groups.keys()].sort()
  }

  async items(input: StateItemsInput): Promise<StateItem[]> {
    const group = input.groupId ?? input.traceId
    const groups = group === undefined ? await this.traceIds() : [group]
    return groups.flatMap((groupId) =>
      this.#sorted(groupId).map(([key, value]) => ({
        groupId,
        key,
        type: jsonType(value),
        value: structuredClone(value),
      })),
    )
  }

  #sorted(groupId: string): [string, unknown][] {
    return [...(this.#groups.get(groupId) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

export class MemoryStreamAdapter<TData = Record<string, unknown>> extends StreamAdapter<TData> {
  readonly #groups: Groups<BaseStreamItem<TData>>

  constructor(streamName: string, groups: Groups<BaseStreamItem<TData>> = new Map()) {
    super(streamName)
    this.#groups = groups
  }

  async get(groupId: string, id: string): Promise<BaseStreamItem<TData> | null> {
    return structuredClone(this.#groups.get(groupId)?.get(id) ?? null)
  }

  async set(groupId: string, id: string, data: TData): Promise<BaseStreamItem<TData>> {
    const item = { ...structuredClone(data), id }
    groupOf(this.#groups, groupId).set(id, item)
    return structuredClone(item)
  }

  async delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null> {
    return take(this.#groups, groupId, id) ?? null
  }

  async getGroup(groupId: string): Promise<BaseStreamItem<TData>[]> {
    return structuredClone([...(this.#groups.get(groupId)?.values() ?? [])])
  }
}

/** clock: milliseconds since the epoch. */
export class MemoryCronAdapter implements CronAdapter {
  readonly instanceId = newId()
  readonly #locks: Map<string, CronLock>
  readonly #clock: () => number

  constructor(locks: Map<string, CronLock> = new Map(), clock: () => number = Date.now) {
    this.#locks = locks
    this.#clock = clock
  }

  async acquireLock(jobName: string, ttl: number): Promise<CronLock | null> {
    const now = this.#clock()
    const held = this.#locks.get(jobName)
    if (held && held.expiresAt > now) return null
    const { instanceId } = this
    const lock = { jobName, instanceId, acquiredAt: now, expiresAt: now + ttl, lockId: newId() }
    this.#locks.set(jobName, lock)
    return lock
  }

  async releaseLock(lock: CronLock): Promise<void> {
    if (this.#locks.get(lock.jobName)?.lockId === lock.lockId) this.#locks.delete(lock.jobName)
  }

  async renewLock(lock: CronLock, ttl: number): Promise<boolean> {
    const held = this.#locks.get(lock.jobName)
    const now = this.#clock()
    if (!held || held.lockId !== lock.lockId || held.expiresAt <= now) return false
    this.#locks.set(lock.jobName, { ...held, expiresAt: now + ttl })
    return true
  }

  async isHealthy(): Promise<boolean> {
    return true
  }

  async shutdown(): Promise<void> {}

  async getActiveLocks(): Promise<CronLockInfo[]> {
    const held = [...this.#locks.values()].filter((lock) => lock.expiresAt > this.#clock())
    return held.map(({ jobName, instanceId, acquiredAt, expiresAt }) => ({
      jobName,
      instanceId,
      acquiredAt,
      expiresAt,
    }))
  }
}

function groupOf<T>(groups: Groups<T>, groupId: string): Map<string, T> {
  let group = groups.get(groupId)
  if (!group) groups.set(groupId, (group = new Map()))
  return group
}

/** Remove and return a value; a group that has become empty goes with it. */
function take<T>(groups: Groups<T>, groupId: string, key: string): T | undefined {
  const group = groups.get(groupId)
  const removed = group?.get(key)
  group?.delete(key)
  if (group?.size === 0) groups.delete(groupId)
  return removed
}
