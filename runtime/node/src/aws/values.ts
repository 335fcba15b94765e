/**
 * JSON values in a DynamoDB table; the large ones in S3.
 *
 * An item holds its value as JSON text in `value`, or, over 350 KB, the key of an S3 object in `s3` (DynamoDB takes
 * 400 KB an item). Every write of a large value makes an object of its own: no reader ever sees half of one, and
 * removing what a write replaced cannot remove what a later write put there.
 */

import { AwsError } from '../errors.ts'
import { newId } from '../ids.ts'
import { quoted } from '../kinds.ts'
import type { Item } from './attributes.ts'
import type { DynamoClient } from './dynamodb.ts'
import { conditionFailed } from './dynamodb.ts'
import { byBytes, encodeJson } from './json.ts'
import type { S3Client } from './s3.ts'
import { sha256Hex } from './sigv4.ts'

export const INLINE_BYTES = 350 * 1024
const READS = 5

/** table: its partition key is `group`, its sort key `sort`. bucket, prefix: where large values go. */
export interface Place {
  readonly table: string
  readonly sort: string
  readonly bucket: string
  readonly prefix: string
}

/** A value that was found. */
export interface Found {
  readonly value: unknown
}

/**
 * Values by partition and sort key.
 *
 * What S3 refuses while cleaning up is not an error: the value itself is safe, an object is left over. AwsError.
 */
export class ValueTable {
  protected readonly db: DynamoClient
  protected readonly place: Place
  protected readonly attributes: readonly string[] = ['value', 's3']
  readonly #s3: S3Client

  constructor(db: DynamoClient, s3: S3Client, place: Place) {
    this.db = db
    this.#s3 = s3
    this.place = place
  }

  /** The value, or null. */
  async read(group: string, key: string): Promise<unknown> {
    return (await this.found(group, key, await this.item(group, key)))?.value ?? null
  }

  /** Create or replace a value. */
  async write(group: string, key: string, value: unknown): Promise<void> {
    const item = await this.stored(group, key, value)
    try {
      // Most values are small, and so were those before them: without asking for the old item it need not travel.
      await this.db.put(this.place.table, item, { condition: 'attribute_not_exists(s3)' })
    } catch (error) {
      if (conditionFailed(error)) return this.#exchange(item)
      await this.abandon(item, error)
      throw error
    }
  }

  /** Remove and give the value, or null. */
  async remove(group: string, key: string): Promise<unknown> {
    const old = await this.db.delete(this.place.table, this.key(group, key), { returnOld: true })
    return old && this.taken(old)
  }

  /** All values of a group in order of their keys; large ones are fetched in parallel. */
  async readAll(group: string): Promise<unknown[]> {
    return this.values(group, await this.rows(group))
  }

  /** The keys of a group, in order. */
  async keys(group: string): Promise<string[]> {
    return (await this.#keyRows(group)).map((row) => String(row[this.place.sort]))
  }

  /** The groups that have values, in order. Reads the whole table. */
  async groups(): Promise<string[]> {
    const rows = await this.db.scan(this.place.table, { attributes: ['group'] })
    return [...new Set(rows.map((row) => String(row['group'])))].sort(byBytes)
  }

  /** Remove every value of a group that is there now. */
  async clear(group: string): Promise<void> {
    const rows = await this.#keyRows(group)
    await this.db.batchDelete(
      this.place.table,
      rows.map((row) => this.key(group, String(row[this.place.sort]))),
    )
    await Promise.all(rows.map((row) => this.#discard(row['s3'])))
  }

  protected key(group: string, key: string): Item {
    return { group, [this.place.sort]: key }
  }

  protected async item(group: string, key: string): Promise<Item | null> {
    return this.db.get(this.place.table, this.key(group, key))
  }

  /** The items of a group. */
  protected async rows(group: string): Promise<Item[]> {
    const attributes = [this.place.sort, ...this.attributes]
    return this.db.query(this.place.table, ['group', group], { attributes })
  }

  protected async values(group: string, rows: readonly Item[]): Promise<unknown[]> {
    const found = await Promise.all(rows.map((row) => this.found(group, String(row[this.place.sort]), row)))
    return found.flatMap((some) => (some ? [some.value] : []))
  }

  /** The value of an item, if it is there. An object may be gone because its item was replaced meanwhile. */
  protected async found(group: string, key: string, item: Item | null): Promise<Found | undefined> {
    let current = item
    for (let read = 0; read < READS; read++) {
      if (!current) return undefined
      if (!('s3' in current)) return { value: JSON.parse(String(current['value'])) }
      try {
        return { value: JSON.parse((await this.#s3.get(this.place.bucket, String(current['s3']))).toString()) }
      } catch (error) {
        // S3 denies access to a missing object to those who may not list the bucket
        if (!(error instanceof AwsError) || !['NoSuchKey', 'AccessDenied'].includes(error.code)) throw error
        const again = await this.item(group, key)
        if (again && again['s3'] === current['s3']) throw error
        current = again
      }
    }
    throw new AwsError(`the value ${quoted(key)} of ${quoted(group)} changed while it was read, ${READS} times`, {
      service: 's3',
      code: 'NoSuchKey',
      status: 404,
    })
  }

  /** The item that holds a value; a large one is then in its object. */
  protected async stored(group: string, key: string, value: unknown): Promise<Item> {
    const body = encodeJson(value)
    if (body.length <= INLINE_BYTES) return { ...this.key(group, key), value: body.toString() }
    const name = `${this.place.prefix}${sha256Hex(`${group}/${key}/${newId()}`)}`
    await this.#s3.put(this.place.bucket, name, body)
    return { ...this.key(group, key), s3: name }
  }

  /** The value of an item that is gone; its object goes too. */
  protected async taken(old: Item): Promise<unknown> {
    if (!('s3' in old)) return JSON.parse(String(old['value']))
    const value: unknown = JSON.parse((await this.#s3.get(this.place.bucket, String(old['s3']))).toString())
    await this.#discard(old['s3'])
    return value
  }

  protected async discardOld(old: Item | null, item: Item): Promise<void> {
    // A repetition after a lost answer gets back what it wrote itself.
    if (old && old['s3'] !== item['s3']) await this.#discard(old['s3'])
  }

  /** Drop the object of a write that was surely refused; after a lost answer it may be in use. */
  protected async abandon(item: Item, error: unknown): Promise<void> {
    if (error instanceof AwsError && error.status >= 400 && error.status < 500) await this.#discard(item['s3'])
  }

  async #exchange(item: Item): Promise<void> {
    let old: Item | null
    try {
      old = await this.db.put(this.place.table, item, { returnOld: true })
    } catch (error) {
      await this.abandon(item, error)
      throw error
    }
    await this.discardOld(old, item)
  }

  async #keyRows(group: string): Promise<Item[]> {
    return this.db.query(this.place.table, ['group', group], { attributes: [this.place.sort, 's3'] })
  }

  async #discard(name: unknown): Promise<void> {
    if (typeof name !== 'string') return
    try {
      await this.#s3.delete(this.place.bucket, name)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error // an object is left over, see above
    }
  }
}
