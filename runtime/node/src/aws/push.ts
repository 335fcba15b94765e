/** What happens to streams, told to the clients who listen. */

import type { LogSink } from '../backend.ts'
import { MotiaError } from '../errors.ts'
import { Logger } from '../logger.ts'
import { encodeJson } from './json.ts'
import type { Key, Rooms } from './rooms.ts'
import type { Sockets } from './sockets.ts'
import { MAX_BYTES } from './sockets.ts'
import type { Change, Pusher } from './streams.ts'

export const TOO_LARGE = 'STREAM_MESSAGE_TOO_LARGE'

type Where = Readonly<Record<string, string | undefined>>

/**
 * A Pusher of the clients of a WebSocket API. The messages are those of `motia.stream_protocol`.
 *
 * A message that is too large for API Gateway is replaced by an event of the type `error`. What cannot be told is a
 * warning in the log: the clients will have it with their next `sync`.
 */
export class WebSocketPusher implements Pusher {
  readonly #rooms: Rooms
  readonly #sockets: Sockets
  readonly #logger: Logger
  #last = 0

  constructor(rooms: Rooms, sockets: Sockets, logs: LogSink) {
    this.#rooms = rooms
    this.#sockets = sockets
    this.#logger = new Logger('streams', '', [], logs, undefined)
  }

  async push(stream: string, group: string, id: string | null, change: Change, timestamp?: number): Promise<void> {
    const item = id === null ? {} : { id }
    const told = { timestamp: timestamp ?? this.#now(), streamName: stream, groupId: group, ...item }
    const where = { stream, group, ...item }
    let clients: Map<string, Key[]>
    try {
      clients = await this.#clients(
        id === null
          ? [[stream, group]]
          : [
              [stream, group],
              [stream, group, id],
            ],
      )
    } catch (error) {
      if (!(error instanceof MotiaError)) throw error
      this.#logger.warn('Subscribers were not told', { error, ...where })
      return
    }
    if (!clients.size) return
    const message = this.#written(told, change, where)
    const results = await Promise.all([...clients].map(([client, keys]) => this.#tell(client, keys, message)))
    const failed = results.filter((error) => error !== undefined)
    if (failed.length) {
      const counts = { failed: failed.length, subscribers: clients.size }
      this.#logger.warn('Some subscribers were not told', { error: failed[0], ...where, ...counts })
    }
  }

  /** Keys by connection, of the members of all these rooms. */
  async #clients(rooms: readonly (readonly string[])[]): Promise<Map<string, Key[]>> {
    const members = await Promise.all(rooms.map((room) => this.#rooms.members(JSON.stringify(room))))
    const clients = new Map<string, Key[]>()
    for (const { connection, key } of members.flat()) clients.set(connection, [...(clients.get(connection) ?? []), key])
    return clients
  }

  async #tell(client: string, keys: readonly Key[], message: Uint8Array): Promise<MotiaError | undefined> {
    try {
      if (!(await this.#sockets.post(client, message))) await this.#forget(client, keys)
    } catch (error) {
      if (error instanceof MotiaError) return error
      throw error
    }
    return undefined
  }

  /** Remove all there is of a client that is gone. keys: what is known of it. AwsError. */
  async #forget(client: string, keys: readonly Key[]): Promise<void> {
    const all = [...keys, ...(await this.#rooms.belongings(client))]
    const unique = new Map(all.map((key) => [JSON.stringify([key.room, key.connection]), key]))
    await Promise.all([...unique.values()].map((key) => this.#rooms.remove(key)))
  }

  #written(told: Readonly<Record<string, unknown>>, change: Change, where: Where): Uint8Array {
    const message = encodeJson({ ...told, event: change })
    if (message.length <= MAX_BYTES) return message
    const what = `the message has ${message.length} bytes, API Gateway sends ${MAX_BYTES}`
    this.#logger.warn('A message is too large for its subscribers', { bytes: message.length, ...where })
    const event = { type: 'error', data: { code: TOO_LARGE, message: what } }
    return encodeJson({ ...told, event: { type: 'event', event } })
  }

  #now(): number {
    this.#last = Math.max(Date.now(), this.#last + 1)
    return this.#last
  }
}
