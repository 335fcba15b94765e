/**
 * JSON values that know when they were written.
 *
 * An item has in `at` the milliseconds of its last write. Each write of an item is later than the one before, also when
 * two sandboxes write at once or their clocks differ: whoever hears of both can tell which is the newer.
 */

import { AwsError } from '../errors.ts'
import { quoted } from '../kinds.ts'
import type { Item } from './attributes.ts'
import { conditionFailed } from './dynamodb.ts'
import { ValueTable } from './values.ts'

const AT = 'at'
const TRIES = 20

/** A value, or null, and when it was written or removed. */
export interface Timed<T = unknown> {
  readonly value: T
  readonly at: number
}

/** A ValueTable with times: milliseconds since the epoch, 0 where they are not known. AwsError. */
export class TimedTable extends ValueTable {
  protected override readonly attributes = ['value', 's3', AT]

  /** Create or replace; whether there was a value before, and when: `now`, or as late as need be. */
  async replaceAt(group: string, key: string, value: unknown, now: number): Promise<Timed<boolean>> {
    const item = await this.stored(group, key, value)
    let put: Timed<Item | null>
    try {
      put = await this.#putAt(item, now)
    } catch (error) {
      await this.abandon(item, error)
      throw error
    }
    await this.discardOld(put.value, item)
    return { value: put.value !== null, at: put.at }
  }

  /** Remove and give the value, or null, and when: `now`, or as late as need be. */
  async removeAt(group: string, key: string, now: number): Promise<Timed> {
    const old = await this.db.delete(this.place.table, this.key(group, key), { returnOld: true })
    return old ? { value: await this.taken(old), at: Math.max(now, atOf(old) + 1) } : { value: null, at: now }
  }

  /** When something else happens to a value: `now`, or as late as need be. Counts as a write, if it is there. */
  async touch(group: string, key: string, now: number): Promise<number> {
    const own = this.key(group, key)
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const item = await this.db.get(this.place.table, own, { attributes: [this.place.sort, AT] })
      if (!item) return now
      const known = AT in item
      const moment = Math.max(now, atOf(item) + 1)
      try {
        await this.db.update(this.place.table, own, 'SET #at = :moment', {
          condition: known ? '#at = :at' : 'attribute_exists(#sort) AND attribute_not_exists(#at)',
          names: known ? { '#at': AT } : { '#at': AT, '#sort': this.place.sort },
          values: known ? { ':moment': moment, ':at': item[AT] } : { ':moment': moment },
        })
        return moment
      } catch (error) {
        if (!conditionFailed(error)) throw error
      }
    }
    throw restless(group, key)
  }

  /** The value, or null, and when it was written. */
  async readAt(group: string, key: string): Promise<Timed> {
    const item = await this.item(group, key)
    const found = await this.found(group, key, item)
    return found ? { value: found.value, at: item ? atOf(item) : 0 } : { value: null, at: 0 }
  }

  /** All values of a group in order of their keys, and when the last of them was written. */
  async readAllAt(group: string): Promise<Timed<unknown[]>> {
    const rows = await this.rows(group)
    return { value: await this.values(group, rows), at: rows.reduce((last, row) => Math.max(last, atOf(row)), 0) }
  }

  /** Write an item; what it replaced, and when. */
  async #putAt(item: Item, now: number): Promise<Timed<Item | null>> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        return { value: await this.#putNow(item, now), at: now }
      } catch (error) {
        if (!conditionFailed(error)) throw error
      }
      try {
        return await this.#putNext(item, now)
      } catch (error) {
        if (!conditionFailed(error)) throw error // else it was removed meanwhile
      }
    }
    throw restless(String(item['group']), String(item[this.place.sort]))
  }

  async #putNow(item: Item, now: number): Promise<Item | null> {
    return this.db.put(
      this.place.table,
      { ...item, [AT]: now },
      {
        condition: 'attribute_not_exists(#at) OR #at < :now',
        names: { '#at': AT },
        values: { ':now': now },
        returnOld: true,
      },
    )
  }

  /** A write at this very moment, or by a clock that is ahead, came first: take the moment after it. */
  async #putNext(item: Item, now: number): Promise<Timed<Item>> {
    const [kept, other] = 's3' in item ? ['s3', 'value'] : ['value', 's3']
    const own = { group: item['group'], [this.place.sort]: item[this.place.sort] }
    const change = 'SET #kept = :kept, #at = #at + :one REMOVE #other'
    const old = await this.db.update(this.place.table, own, change, {
      condition: '#at >= :now',
      names: { '#at': AT, '#kept': kept, '#other': other },
      values: { ':kept': item[kept], ':now': now, ':one': 1 },
      returning: 'ALL_OLD',
    })
    if (!old) throw restless(String(item['group']), String(item[this.place.sort])) // the condition excludes it
    return { value: old, at: atOf(old) + 1 }
  }
}

function atOf(item: Item): number {
  return typeof item[AT] === 'number' ? item[AT] : 0
}

function restless(group: string, key: string): AwsError {
  return new AwsError(`the item ${quoted(key)} of ${quoted(group)} changed ${TRIES} times while it was written`, {
    service: 'dynamodb',
    code: 'TransactionConflictException',
    status: 400,
  })
}
