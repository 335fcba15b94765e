/** `context.state`: values shared by all Steps, by group and key. */

import type { StateStore, TraceSink } from './backend.ts'
import type { Call, Calls } from './calls.ts'
import { StateError } from './errors.ts'
import { jsonable } from './jsonable.ts'
import { quoted } from './kinds.ts'
import { checkName, GROUP_BYTES, KEY_BYTES } from './limits.ts'

/** Every method rejects with StateError for a bad group or key, or a value that is not JSON. */
export interface State {
  /** The value, or null. */
  get(groupId: string, key: string): Call<unknown>
  /** Store the value and return it as it was stored. */
  set(groupId: string, key: string, value: unknown): Call<unknown>
  /** Remove the value and return it, or null. */
  delete(groupId: string, key: string): Call<unknown>
  /** All values of the group, in order of their keys. */
  getGroup(groupId: string): Call<unknown[]>
  /** Remove the group. */
  clear(groupId: string): Call<void>
}

/** The state of one invocation; its methods need no `this`. */
export function makeState(
  store: StateStore,
  calls: Calls,
  trace: TraceSink | undefined,
): State & { get_group: State['getGroup'] } {
  const note = (operation: string, data: object): void => {
    trace?.add({ type: 'state', timestamp: Date.now(), operation, data })
  }
  const getGroup = (group: string): Call<unknown[]> =>
    calls.make('state.getGroup', async () => {
      checkName(group, 'group', 'state.getGroup', StateError, GROUP_BYTES)
      const values = await store.getGroup(group)
      note('getGroup', { groupId: group })
      return values
    })
  return {
    get: (group, key) =>
      calls.make('state.get', async () => {
        check('state.get', group, key)
        const value = await store.get(group, key)
        note('get', { traceId: group, key })
        return value ?? null
      }),
    set: (group, key, value) =>
      calls.make('state.set', async () => {
        check('state.set', group, key)
        const where = `state.set, group ${quoted(group)}, key ${quoted(key)}`
        const stored = await store.set(group, key, jsonable(value, 'value', StateError, where))
        note('set', { traceId: group, key, value: stored })
        return stored
      }),
    delete: (group, key) =>
      calls.make('state.delete', async () => {
        check('state.delete', group, key)
        const removed = await store.delete(group, key)
        note('delete', { traceId: group, key })
        return removed ?? null
      }),
    getGroup,
    get_group: getGroup,
    clear: (group) =>
      calls.make('state.clear', async () => {
        checkName(group, 'group', 'state.clear', StateError, GROUP_BYTES)
        await store.clear(group)
        note('clear', { groupId: group })
      }),
  }
}

function check(where: string, group: unknown, key: unknown): void {
  checkName(group, 'group', where, StateError, GROUP_BYTES)
  checkName(key, 'key', where, StateError, KEY_BYTES)
}
