/**
 * Locks in DynamoDB: one holder at a time, for a limited time.
 *
 * Item: {"name", "owner", "expires"}; `expires` (seconds since the epoch) is the table's TTL attribute, which only
 * tidies up: DynamoDB may take days, so an expired lock is free from the moment it expires.
 */

import { newId } from '../ids.ts'
import type { DynamoClient } from './dynamodb.ts'
import { conditionFailed } from './dynamodb.ts'

const NAMES = { '#name': 'name', '#owner': 'owner', '#expires': 'expires' }

/** Locks by name. table: partition key `name`. clock: seconds. AwsError for all but a lock that is taken. */
export class DynamoLocks {
  readonly #db: DynamoClient
  readonly #table: string
  readonly #clock: () => number
  readonly #owned = new Map<string, string>()

  constructor(db: DynamoClient, table: string, clock: () => number = () => Date.now() / 1000) {
    this.#db = db
    this.#table = table
    this.#clock = clock
  }

  /** True if the lock is now held here, for `ttlS` seconds at most (rounded up). */
  async acquire(name: string, ttlS: number): Promise<boolean> {
    // New for each attempt to acquire, so that a repetition after a lost answer recognises its own success.
    const owner = newId()
    const now = this.#clock()
    const item = { name, owner, expires: Math.ceil(now + ttlS) }
    try {
      await this.#db.put(this.#table, item, {
        condition: 'attribute_not_exists(#name) OR #expires <= :now OR #owner = :owner',
        names: NAMES,
        values: { ':now': Math.floor(now), ':owner': owner },
      })
    } catch (error) {
      if (conditionFailed(error)) return false
      throw error
    }
    this.#owned.set(name, owner)
    return true
  }

  /** Give up a lock acquired here; nothing happens if it expired and is now another's. */
  async release(name: string): Promise<void> {
    const owner = this.#owned.get(name)
    if (owner === undefined) return
    this.#owned.delete(name)
    try {
      await this.#db.delete(
        this.#table,
        { name },
        {
          condition: '#owner = :owner',
          names: { '#owner': 'owner' },
          values: { ':owner': owner },
        },
      )
    } catch (error) {
      if (!conditionFailed(error)) throw error
    }
  }
}
