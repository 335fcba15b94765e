/** `context.streams`: live data by stream, group and id. */

import type { StreamItem, StreamStore, TraceSink } from './backend.ts'
import type { Call, Calls } from './calls.ts'
import { StreamError, UnknownStreamError } from './errors.ts'
import { jsonable } from './jsonable.ts'
import { kindOf, quoted, shown } from './kinds.ts'
import { checkName, GROUP_BYTES, KEY_BYTES } from './limits.ts'

const MARK = '__motia'

/**
 * One stream. Items come back with their `id` and a `__motia` mark that says where they live.
 *
 * Every method rejects with StreamError for a bad group or id, or data that is not a JSON object.
 */
export interface Stream {
  /** The item, or null. */
  get(groupId: string, id: string): Call<StreamItem | null>
  /** Create or replace an item and return it. */
  set(groupId: string, id: string, data: unknown): Call<StreamItem>
  /** Remove an item and return it, or null. */
  delete(groupId: string, id: string): Call<StreamItem | null>
  /** The items of a group, oldest first. */
  getGroup(groupId: string): Call<StreamItem[]>
  /** Tell the subscribers of `{groupId, id?}` an event `{type, data}` that is not kept. */
  send(channel: unknown, event: unknown): Call<void>
}

export type Streams = Readonly<Record<string, Stream>>

/** The project's streams by name; asking for another throws UnknownStreamError. */
export function makeStreams(
  names: readonly string[],
  store: StreamStore,
  calls: Calls,
  trace: TraceSink | undefined,
): Streams {
  const made = new Map<string, Stream>()
  const stream = (name: string): Stream => {
    let found = made.get(name)
    if (!found) made.set(name, (found = makeStream(name, store, calls, trace)))
    return found
  }
  return new Proxy({} as Record<string, Stream>, {
    get: (target, name) => {
      if (typeof name === 'symbol') return Reflect.get(target, name)
      if (names.includes(name)) return stream(name)
      if (name in target || NOT_ASKED_BY_STEPS.has(name)) return Reflect.get(target, name)
      throw new UnknownStreamError(`there is no stream ${quoted(name)}`, {
        where: 'context.streams',
        allowed: names.join(', ') || 'no stream: the project declares none',
        remedy: `declare it in a file *.stream.ts with config = { name: ${quoted(name)}, ... }`,
      })
    },
    has: (target, name) => (typeof name === 'string' && names.includes(name)) || Reflect.has(target, name),
    ownKeys: () => [...names],
    getOwnPropertyDescriptor: (target, name) =>
      typeof name === 'string' && names.includes(name)
        ? { value: stream(name), enumerable: true, configurable: true, writable: false }
        : Reflect.getOwnPropertyDescriptor(target, name),
    set: (_, name) => {
      throw new StreamError(`context.streams.${String(name)} cannot be set`, { where: 'context.streams' })
    },
  })
}

/** `await` asks for `then`, JSON and the consoles for the others. */
const NOT_ASKED_BY_STEPS = new Set(['then', 'toJSON', 'inspect', 'nodeType', 'asymmetricMatch', '$$typeof'])

function makeStream(name: string, store: StreamStore, calls: Calls, trace: TraceSink | undefined): Stream {
  const groupBytes = GROUP_BYTES - Buffer.byteLength(name) - 1 // the partition of the stored item is "<stream>#<group>"
  const note = (operation: string, data: object): void => {
    trace?.add({ type: 'stream', timestamp: Date.now(), operation, streamName: name, data, calls: 1 })
  }
  const make = <T>(method: string, work: (where: string) => Promise<T>): Call<T> => {
    const where = `streams.${name}.${method}`
    return calls.make(where, () => work(where))
  }
  const checkGroup = (group: unknown, where: string): void => checkName(group, 'group', where, StreamError, groupBytes)
  const checkId = (id: unknown, where: string): void => checkName(id, 'id', where, StreamError, KEY_BYTES)
  const marked = (item: StreamItem, groupId: string): StreamItem => ({
    ...item,
    [MARK]: { type: 'state-stream', streamName: name, groupId, id: item.id },
  })
  const getGroup = (group: string): Call<StreamItem[]> =>
    make('getGroup', async (where) => {
      checkGroup(group, where)
      const items = await store.getGroup(name, group)
      note('getGroup', { groupId: group })
      return items.map((item) => marked(item, group))
    })
  const stream: Stream & { get_group: Stream['getGroup'] } = {
    get: (group, id) =>
      make('get', async (where) => {
        checkGroup(group, where)
        checkId(id, where)
        const item = await store.get(name, group, id)
        note('get', { groupId: group, id })
        return item && marked(item, group)
      }),
    set: (group, id, data) =>
      make('set', async (where) => {
        checkGroup(group, where)
        checkId(id, where)
        const there = `${where}, group ${quoted(group)}, id ${quoted(id)}`
        const stored = jsonable(data, 'data', StreamError, there)
        if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) {
          throw new StreamError(`the data is ${kindOf(data)}`, { where: there, allowed: 'an object' })
        }
        delete stored[MARK]
        const item = await store.set(name, group, id, stored)
        note('set', { groupId: group, id, data: item })
        return marked(item, group)
      }),
    delete: (group, id) =>
      make('delete', async (where) => {
        checkGroup(group, where)
        checkId(id, where)
        const item = await store.delete(name, group, id)
        note('delete', { groupId: group, id })
        return item && marked(item, group)
      }),
    getGroup,
    get_group: getGroup,
    send: (channel, event) =>
      make('send', async (where) => {
        if (!isObject(channel) || !('groupId' in channel)) {
          throw new StreamError(`the channel is ${shown(channel)}`, { where, allowed: '{ groupId: ..., id: ... }' })
        }
        const group = channel.groupId as string
        const id = (channel.id ?? null) as string | null
        checkGroup(group, where)
        if (id !== null) checkId(id, where)
        if (!isObject(event) || typeof event.type !== 'string') {
          throw new StreamError(`the event is ${shown(event)}`, { where, allowed: '{ type: a string, data: ... }' })
        }
        const data = jsonable(event.data, 'event.data', StreamError, `${where}, group ${quoted(group)}`)
        const sent = { type: event.type, data }
        await store.send(name, group, id, sent)
        note('send', id === null ? { groupId: group, data: sent } : { groupId: group, id, data: sent })
      }),
  }
  return stream
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
