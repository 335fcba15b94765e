/**
 * Who is connected, and who is in which room: items of the connections table, as the WebSocket API's function writes
 * them (`motia.aws.rooms`).
 *
 *     room                 connection        what it is
 *     connection#ID        #                 a connection: {auth, expires}
 *     connection#ID        KEY               one of its subscriptions: {asked, member?, expires}
 *     room#ROOM            ID#KEY            a member of a room: {expires}
 *
 * member: partition of the member item. expires: seconds since the epoch.
 */

import type { Item } from './attributes.ts'
import type { DynamoClient } from './dynamodb.ts'
import { sha256Hex } from './sigv4.ts'

const PARTITION_BYTES = 2048

/** The key of an item of the table. */
export interface Key {
  readonly room: string
  readonly connection: string
}

/** A connection that is in a room, and the key of the item that says so. */
export interface Member {
  readonly connection: string
  readonly key: Key
}

/** Connections and rooms. table: partition key `room`, sort key `connection`. clock: seconds. AwsError. */
export class Rooms {
  readonly #db: DynamoClient
  readonly #table: string
  readonly #clock: () => number

  constructor(db: DynamoClient, table: string, clock: () => number = () => Date.now() / 1000) {
    this.#db = db
    this.#table = table
    this.#clock = clock
  }

  /** The members of a room; a client with two subscriptions is there twice. */
  async members(room: string): Promise<Member[]> {
    const rows = await this.#db.query(this.#table, ['room', partition(room)])
    const now = this.#clock()
    // DynamoDB takes its time to remove what has expired
    const present = rows.filter((row) => Number(row['expires']) > now).map(keyOf)
    return present.map((key) => ({ connection: key.connection.split('#', 1)[0] ?? '', key }))
  }

  /** The keys of all there is of a client, for `remove` when it is gone; its places in rooms first. */
  async belongings(connection: string): Promise<Key[]> {
    const rows = await this.#db.query(this.#table, ['room', `connection#${connection}`])
    const members = rows
      .filter((row) => 'member' in row)
      .map((row) => ({ room: String(row['member']), connection: `${connection}#${String(row['connection'])}` }))
    return [...members, ...rows.map(keyOf)]
  }

  /** Remove an item, if it is there. */
  async remove({ room, connection }: Key): Promise<void> {
    await this.#db.delete(this.#table, { room, connection })
  }
}

function keyOf(row: Item): Key {
  return { room: String(row['room']), connection: String(row['connection']) }
}

function partition(room: string): string {
  const plain = `room#${room}`
  return Buffer.byteLength(plain) <= PARTITION_BYTES ? plain : `room#${sha256Hex(room)}`
}
