/** The adapters in memory keep what the interfaces promise, and the bridge makes stores of any adapter. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  AdapterEvents,
  AdapterState,
  AdapterStreams,
  eventsOf,
  OUTSIDE,
  tickName,
} from '@motia/runtime/adapters/bridge.ts'
import { MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter } from '@motia/runtime/adapters/memory.ts'
import { MemoryEventAdapter } from '@motia/runtime/adapters/memory_events.ts'
import type { CronLock, Event } from '@motia/runtime/adapters/types.ts'
import type { Message } from '@motia/runtime/backend.ts'

test('state: values by group and key, in order, as copies', async () => {
  const shared = new Map()
  const [state, other] = [new MemoryStateAdapter(shared), new MemoryStateAdapter(shared)]
  const value = { n: [1] }
  assert.equal(await state.set('g', 'b', value), value)
  value.n.push(2)
  await state.set('g', 'a', 0)
  await state.set('h', 'a', null)
  assert.deepEqual(await other.get('g', 'b'), { n: [1] })
  assert.equal(await other.get('g', 'c'), null)
  assert.deepEqual(await other.getGroup('g'), [0, { n: [1] }])
  assert.deepEqual(
    [await other.keys('g'), await other.traceIds()],
    [
      ['a', 'b'],
      ['g', 'h'],
    ],
  )
  assert.deepEqual(await other.items({ groupId: 'g' }), [
    { groupId: 'g', key: 'a', type: 'number', value: 0 },
    { groupId: 'g', key: 'b', type: 'object', value: { n: [1] } },
  ])
  assert.deepEqual(
    (await other.items({})).map(({ groupId, type }) => [groupId, type]),
    [
      ['g', 'number'],
      ['g', 'object'],
      ['h', 'null'],
    ],
  )
  assert.equal(await other.delete('g', 'a'), 0)
  assert.equal(await other.delete('g', 'a'), null)
  await other.clear('g')
  await other.delete('h', 'a')
  assert.deepEqual(await state.traceIds(), [])
  await state.cleanup()
})

test('streams: items with their id, oldest first', async () => {
  const stream = new MemoryStreamAdapter<{ n: number; s?: string }>('chat')
  assert.equal(stream.streamName, 'chat')
  for (const n of [3, 1, 2]) assert.deepEqual(await stream.set('g', `i${n}`, { n }), { n, id: `i${n}` })
  await stream.set('g', 'i1', { n: 5 })
  assert.deepEqual(
    (await stream.getGroup('g')).map(({ n }) => n),
    [3, 5, 2],
  )
  assert.deepEqual(await stream.get('g', 'i3'), { n: 3, id: 'i3' })
  assert.deepEqual(await stream.query('g', { orderBy: 'n', offset: 1, limit: 1 }), [{ n: 3, id: 'i3' }])
  assert.deepEqual(
    (await stream.query('g', { orderBy: 'n', orderDirection: 'desc' })).map(({ n }) => n),
    [5, 3, 2],
  )
  assert.deepEqual(await stream.query('g', { where: { n: 2 } }), [{ n: 2, id: 'i2' }])
  assert.deepEqual(await stream.delete('g', 'i2'), { n: 2, id: 'i2' })
  assert.equal(await stream.delete('g', 'i2'), null)
  await stream.clear('g')
  assert.deepEqual(await stream.getGroup('g'), [])
})

test('streams: those who subscribe hear of a group, and of an item', async () => {
  const stream = new MemoryStreamAdapter('chat')
  const heard: string[] = []
  await stream.subscribe({ groupId: 'g' }, ({ type }) => void heard.push(`group ${type}`))
  await stream.subscribe({ groupId: 'g', id: 'i' }, async ({ type }) => void heard.push(`item ${type}`))
  await stream.send({ groupId: 'g' }, { type: 'a', data: 1 })
  await stream.send({ groupId: 'g', id: 'i' }, { type: 'b', data: 1 })
  await stream.unsubscribe({ groupId: 'g' })
  await stream.send({ groupId: 'g', id: 'i' }, { type: 'c', data: 1 })
  assert.deepEqual(heard, ['group a', 'group b', 'item b', 'item c'])
})

test('cron: a lock has one holder until it is given back or ends', async () => {
  let now = 0
  const locks = new Map<string, CronLock>()
  const [one, two] = [new MemoryCronAdapter(locks, () => now), new MemoryCronAdapter(locks, () => now)]
  const lock = await one.acquireLock('job', 100)
  assert.ok(lock)
  assert.equal(await two.acquireLock('job', 100), null)
  now = 90
  assert.equal(await one.renewLock(lock, 100), true)
  now = 189
  const { lockId: _, ...held } = { ...lock, expiresAt: 190 }
  assert.deepEqual(await two.getActiveLocks(), [held])
  now = 190
  assert.equal(await one.renewLock(lock, 100), false)
  const next = await two.acquireLock('job', 100)
  await one.releaseLock(lock)
  assert.equal(await one.acquireLock('job', 100), null)
  await two.releaseLock(next!)
  assert.ok(await one.acquireLock('job', 100))
  assert.equal(await one.isHealthy(), true)
})

const options = { type: 'standard', maxRetries: 2, visibilityTimeout: 30, delaySeconds: 0 } as const

test('events: each Step gets each event, a failed one again, until it is given up', async () => {
  const events = new MemoryEventAdapter(new Map(), { retryDelayMs: 1 })
  const seen: string[] = []
  await events.subscribe('a', 'One', async ({ data }) => void seen.push(`One ${String(data)}`), options)
  await events.subscribe('a', 'Two', () => Promise.reject(new Error(String(seen.push('Two')))), options)
  await events.emit({ topic: 'a', data: 5 })
  await events.emit({ topic: 'other', data: 6 })
  await events.whenIdle()
  assert.deepEqual(seen.sort(), ['One 5', 'Two', 'Two', 'Two'])
  assert.deepEqual(
    events.givenUp.map(({ stepName, error }) => [stepName, error]),
    [['Two', 'Error: 4']],
  )
  assert.deepEqual([await events.getSubscriptionCount('a'), await events.listTopics()], [2, ['a']])
})

test('events: those of a group are handled in order, a failed one first; groups do not wait for others', async () => {
  const events = new MemoryEventAdapter(new Map(), { retryDelayMs: 5 })
  const seen: string[] = []
  let failures = 1
  const handler = async ({ data, messageGroupId }: Event): Promise<void> => {
    seen.push(`${messageGroupId}${String(data)}`)
    if (messageGroupId === 'a' && failures-- > 0) throw new Error('again')
  }
  await events.subscribe('t', 'Fifo', handler, { ...options, type: 'fifo' })
  for (const data of [1, 2]) {
    for (const messageGroupId of ['a', 'b']) await events.emit({ topic: 't', data, messageGroupId })
  }
  await events.whenIdle()
  assert.deepEqual(
    seen.filter((one) => one.startsWith('a')),
    ['a1', 'a1', 'a2'],
  )
  assert.deepEqual(
    seen.filter((one) => one.startsWith('b')),
    ['b1', 'b2'],
  )
  assert.ok(seen.indexOf('b2') < seen.lastIndexOf('a1'))
})

test('events: subscribers of one Step take turns, and none is called when it has ended', async () => {
  const bus = new Map()
  const [one, two] = [new MemoryEventAdapter(bus), new MemoryEventAdapter(bus)]
  const seen: string[] = []
  const handle = await one.subscribe('t', 'Step', () => void seen.push('one'))
  await two.subscribe('t', 'Step', () => void seen.push('two'))
  const emit = async (): Promise<void> => {
    await one.emit({ topic: 't', data: 1 })
    await one.whenIdle()
  }
  await emit()
  await emit()
  await one.unsubscribe(handle)
  await emit()
  assert.deepEqual(seen, ['one', 'two', 'two'])
  await handle.unsubscribe()
  await two.shutdown()
  await two.shutdown()
  await emit()
  assert.equal(seen.length, 3)
})

// the bridge

test('a state adapter is a store; what it gives for nothing is null', async () => {
  const adapter = Object.assign(new MemoryStateAdapter(), { get: async () => undefined, delete: async () => undefined })
  const store = new AdapterState(adapter as unknown as MemoryStateAdapter)
  assert.equal(await store.set('g', 'k', 1), 1)
  assert.deepEqual([await store.get('g', 'k'), await store.delete('g', 'k')], [null, null])
  assert.deepEqual(await store.getGroup('g'), [1])
  await store.clear('g')
})

test('stream adapters are made once a stream, and changes are told', async () => {
  const made: string[] = []
  const told: unknown[] = []
  const store = new AdapterStreams(
    (name) => {
      made.push(name)
      return new MemoryStreamAdapter<unknown>(name)
    },
    async (...change) => void told.push(change),
  )
  assert.deepEqual(await store.set('chat', 'g', 'i', { n: 1 }), { n: 1, id: 'i' })
  await store.set('chat', 'g', 'i', { n: 2, id: 'other' })
  assert.deepEqual(await store.get('chat', 'g', 'i'), { n: 2, id: 'i' })
  assert.deepEqual(await store.getGroup('chat', 'g'), [{ n: 2, id: 'i' }])
  await store.send('chat', 'g', null, { type: 'a', data: 1 })
  await store.delete('chat', 'g', 'i')
  assert.equal(await store.delete('chat', 'g', 'i'), null)
  assert.deepEqual(made, ['chat'])
  assert.deepEqual(told, [
    ['chat', 'g', 'i', { type: 'create', data: { n: 1, id: 'i' } }],
    ['chat', 'g', 'i', { type: 'update', data: { n: 2, id: 'i' } }],
    ['chat', 'g', null, { type: 'event', event: { type: 'a', data: 1 } }],
    ['chat', 'g', 'i', { type: 'delete', data: { n: 2, id: 'i' } }],
  ])
})

test('an event of several subscribers is one event of the adapter', async () => {
  const message = { subscriber: OUTSIDE, topic: 't', data: 1, traceId: 'T', flows: ['f'], dedupId: 'd' }
  const messages: Message[] = [
    message,
    { ...message, subscriber: { ...OUTSIDE, id: 'b' } },
    { ...message, dedupId: 'e', groupId: 'g' },
  ]
  const [first, second] = eventsOf(messages)
  const { timestamp, ...rest } = first!
  assert.equal(typeof timestamp, 'number')
  assert.deepEqual(rest, { topic: 't', data: 1, traceId: 'T', flows: ['f'] })
  assert.equal(second!.messageGroupId, 'g')

  const seen: Event[] = []
  const adapter = new MemoryEventAdapter()
  await adapter.subscribe('t', 'Step', (event) => void seen.push(event))
  await new AdapterEvents(adapter).publish(messages)
  await adapter.whenIdle()
  assert.equal(seen.length, 2)
})

test('the name of a tick is that of its minute, or of its second', () => {
  assert.equal(tickName('Daily', new Date('2026-01-02T03:04:00.000Z')), 'cron#Daily#2026-01-02T03:04')
  assert.equal(tickName('Daily', new Date('2026-01-02T03:04:05.600Z')), 'cron#Daily#2026-01-02T03:04:05')
})
