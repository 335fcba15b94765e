/** What an adapter of motia.config.ts keeps in the streams, told to the function of the WebSocket API. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Rules } from '@motia/runtime/lambda/access.ts'

const descriptor = { steps: [], topics: {}, streams: ['chat'], guards: {}, adapters: ['streams'] }

/** Keeps two items in each group. */
class Kept {
  readonly #stream: string

  constructor(stream: string) {
    this.#stream = stream
  }

  async get(groupId: string, id: string): Promise<unknown> {
    if (id === 'broken') throw new TypeError('the store is gone')
    return id === '1' ? { text: `${this.#stream}/${groupId}`, at: new Date(0) } : null
  }

  async getGroup(): Promise<unknown[]> {
    return [{ id: '1' }, { id: '2' }]
  }

  async set(): Promise<void> {}
  async delete(): Promise<void> {}
  async send(): Promise<void> {}
  async subscribe(): Promise<void> {}
  async unsubscribe(): Promise<void> {}
  async query(): Promise<unknown[]> {
    return []
  }
}

function rules(config?: object): Rules {
  return new Rules({}, descriptor, config)
}

test('a group and an item are what the adapter keeps, as JSON', async () => {
  const asked = rules({ default: { adapters: { streams: Kept } } })
  const group = await asked.answer({ kind: 'items', stream: 'chat', data: { groupId: 'g' } })
  assert.deepEqual(group, { value: [{ id: '1' }, { id: '2' }] })
  const item = await asked.answer({ kind: 'items', stream: 'chat', data: { groupId: 'g', id: '1' } })
  assert.deepEqual(item, { value: { text: 'chat/g', at: '1970-01-01T00:00:00.000Z', id: '1' } })
  assert.deepEqual(await asked.answer({ kind: 'items', stream: 'chat', data: { groupId: 'g', id: '2' } }), {
    value: null,
  })
})

test('an adapter that fails is an error with its place', async () => {
  const asked = rules({ default: { adapters: { streams: Kept } } })
  const answer = await asked.answer({ kind: 'items', stream: 'chat', data: { groupId: 'g', id: 'broken' } })
  assert.ok('error' in answer)
  assert.equal(answer.error.type, 'TypeError')
  assert.match(answer.error.stack, /access_items\.test\.ts/)
})

test('a configuration that cannot be imported is tried again', async () => {
  let broken = true
  const asked = rules(async () => {
    if (broken) throw new Error('not today')
    return { default: { adapters: { streams: Kept } } }
  })
  const question = { kind: 'items', stream: 'chat', data: { groupId: 'g' } } as const
  const first = await asked.answer(question)
  assert.ok('error' in first)
  assert.equal(first.error.type, 'StepLoadError')
  broken = false
  assert.deepEqual(await asked.answer(question), { value: [{ id: '1' }, { id: '2' }] })
})
