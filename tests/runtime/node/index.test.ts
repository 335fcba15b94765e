/** What Steps import is what its types say. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as runtime from '@motia/runtime/index.ts'
import type * as types from 'motia'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never

const NAMES: Same<keyof typeof runtime, keyof typeof types> = true

/** Where a value of ours stands for one of the public types. */
const VALUES: {
  stream: abstract new (name: string) => types.StreamAdapter<object>
  state: types.StateAdapter
  events: types.EventAdapter
  cron: types.CronAdapter
  config: (given: types.Config) => types.Config
} = {
  stream: runtime.StreamAdapter<object>,
  state: new runtime.MemoryStateAdapter(),
  events: new runtime.MemoryEventAdapter(),
  cron: new runtime.MemoryCronAdapter(),
  config: runtime.config,
}

test('the module has the values that its types have', () => {
  assert.ok(NAMES && VALUES)
  const { config, defineConfig } = runtime
  const given = { streamAuth: { authenticate: () => null } }
  assert.equal(config(given), given)
  assert.equal(defineConfig, config)
})

test('errors are of one tree, say everything in one line, and keep their parts', () => {
  const error = new runtime.UnknownStreamError('there is none', {
    where: 'here',
    allowed: 'a, b',
    remedy: 'declare it',
  })
  assert.ok(error instanceof runtime.StreamError && error instanceof runtime.MotiaError && error instanceof Error)
  assert.equal(error.message, 'there is none; in here; allowed: a, b; declare it')
  assert.deepEqual(
    [error.name, error.what, error.where, error.allowed, error.remedy],
    ['UnknownStreamError', 'there is none', 'here', 'a, b', 'declare it'],
  )
  assert.equal(String(error), `UnknownStreamError: ${error.message}`)
  assert.match(error.stack!, /^UnknownStreamError: there is none; in here/)
  assert.deepEqual(Object.keys(error), [])
})
