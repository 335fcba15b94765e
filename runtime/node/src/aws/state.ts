/** State in DynamoDB: partition `group`, sort `key`. */

import type { StateStore } from '../backend.ts'
import type { ValueTable } from './values.ts'

/** A StateStore. table: sorted by `key`. AwsError. */
export class DynamoState implements StateStore {
  readonly #table: ValueTable

  constructor(table: ValueTable) {
    this.#table = table
  }

  /** The value, or null. */
  async get(group: string, key: string): Promise<unknown> {
    return this.#table.read(group, key)
  }

  /** Store and return the value. */
  async set(group: string, key: string, value: unknown): Promise<unknown> {
    await this.#table.write(group, key, value)
    return value
  }

  /** Remove and return the value, or null. */
  async delete(group: string, key: string): Promise<unknown> {
    return this.#table.remove(group, key)
  }

  /** All values of a group, in order of their keys (by UTF-8 bytes). */
  async getGroup(group: string): Promise<unknown[]> {
    return this.#table.readAll(group)
  }

  /** Remove a group. */
  async clear(group: string): Promise<void> {
    await this.#table.clear(group)
  }

  /** The keys of a group, in order (by UTF-8 bytes). */
  async keys(group: string): Promise<string[]> {
    return this.#table.keys(group)
  }

  /** The groups that have values, in order. Reads the whole table. */
  async groups(): Promise<string[]> {
    return this.#table.groups()
  }
}
