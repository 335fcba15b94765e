/** What the sentences about adapters say, of the adapters in memory; each test is named as its sentence. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MemoryCronAdapter, MemoryEventAdapter, MemoryStateAdapter, MemoryStreamAdapter, StreamAdapter } from 'motia'

type Got = { topic: string; data: unknown; traceId?: string }

async function filled(): Promise<MemoryStateAdapter> {
  const state = new MemoryStateAdapter()
  await state.set('orders', '1', { n: 1 })
  await state.set('orders', '2', [2])
  await state.set('users', '1', 'Ada')
  return state
}

test('StateAdapter.get gives the value or None', async () => {
  const state = await filled()
  assert.deepEqual([await state.get('orders', '1'), await state.get('orders', '9')], [{ n: 1 }, null])
})

test('StateAdapter.set stores and gives the value', async () => {
  const state = await filled()
  assert.deepEqual(await state.set('orders', '1', { n: 5 }), { n: 5 })
  assert.deepEqual(await state.get('orders', '1'), { n: 5 })
})

test('StateAdapter.delete removes and gives the value or None', async () => {
  const state = await filled()
  assert.deepEqual([await state.delete('orders', '1'), await state.delete('orders', '1')], [{ n: 1 }, null])
})

test('StateAdapter.getGroup gives the values of a group', async () => {
  assert.deepEqual(await (await filled()).getGroup('orders'), [{ n: 1 }, [2]])
})

test('StateAdapter.clear removes a group', async () => {
  const state = await filled()
  await state.clear('orders')
  assert.deepEqual([await state.getGroup('orders'), await state.getGroup('users')], [[], ['Ada']])
})

test('StateAdapter.keys gives the keys of a group', async () => {
  assert.deepEqual((await (await filled()).keys('orders')).sort(), ['1', '2'])
})

test('StateAdapter.traceIds gives the groups', async () => {
  assert.deepEqual((await (await filled()).traceIds()).sort(), ['orders', 'users'])
})

test('StateAdapter.items gives the items of a group or of all', async () => {
  const found = await (await filled()).items({ groupId: 'users' })
  assert.deepEqual(found, [{ groupId: 'users', key: '1', type: 'string', value: 'Ada' }])
  assert.equal((await (await filled()).items({})).length, 3)
})

test('StateAdapter.cleanup lets go', async () => {
  assert.equal(await (await filled()).cleanup(), undefined)
})

async function room(): Promise<MemoryStreamAdapter<{ n: number }>> {
  const chat = new MemoryStreamAdapter<{ n: number }>('chat')
  await chat.set('room', 'b', { n: 1 })
  await chat.set('room', 'a', { n: 2 })
  return chat
}

test("a StreamAdapter is made with the stream's name", async () => {
  class Named extends MemoryStreamAdapter {
    get made(): string {
      return this.streamName
    }
  }
  assert.equal(new Named('chat').made, 'chat')
  assert.ok(new Named('chat') instanceof StreamAdapter)
})

test('StreamAdapter.get gives the item or None', async () => {
  const chat = await room()
  assert.deepEqual(await chat.get('room', 'a'), { id: 'a', n: 2 })
  assert.equal(await chat.get('room', 'x'), null)
})

test('StreamAdapter.set gives the item', async () => {
  assert.deepEqual(await (await room()).set('room', 'c', { n: 3 }), { id: 'c', n: 3 })
})

test('StreamAdapter.delete gives the removed item or None', async () => {
  const chat = await room()
  assert.equal((await chat.delete('room', 'a'))?.id, 'a')
  assert.equal(await chat.delete('room', 'a'), null)
})

test('StreamAdapter.getGroup gives the items of a group', async () => {
  assert.deepEqual(
    (await (await room()).getGroup('room')).map((item) => item.id),
    ['b', 'a'],
  )
})

test('StreamAdapter.send tells the channel an event; it has a default', async () => {
  const chat = await room()
  const told: unknown[] = []
  await chat.subscribe({ groupId: 'room' }, (event) => void told.push(event))
  await chat.send({ groupId: 'room' }, { type: 'typing', data: 1 })
  await chat.send({ groupId: 'other' }, { type: 'typing', data: 2 })
  assert.deepEqual(told, [{ type: 'typing', data: 1 }])
})

test('StreamAdapter.subscribe calls a handler for events; it has a default', async () => {
  const chat = await room()
  const told: string[] = []
  await chat.subscribe({ groupId: 'room', id: 'a' }, async (event) => void told.push(event.type))
  await chat.send({ groupId: 'room', id: 'a' }, { type: 'seen', data: null })
  assert.deepEqual(told, ['seen'])
})

test('StreamAdapter.unsubscribe ends that; it has a default', async () => {
  const chat = await room()
  const told: unknown[] = []
  await chat.subscribe({ groupId: 'room' }, (event) => void told.push(event))
  await chat.unsubscribe({ groupId: 'room' })
  await chat.send({ groupId: 'room' }, { type: 'typing', data: 1 })
  assert.deepEqual(told, [])
})

test('StreamAdapter.clear removes a group; it has a default', async () => {
  const chat = await room()
  await chat.clear('room')
  assert.deepEqual(await chat.getGroup('room'), [])
})

test('StreamAdapter.query filters a group; it has a default', async () => {
  const chat = await room()
  const ids = async (filter: Parameters<typeof chat.query>[1]) => (await chat.query('room', filter)).map(({ id }) => id)
  assert.deepEqual(await ids({ where: { n: 2 } }), ['a'])
  assert.deepEqual(await ids({ orderBy: 'n', orderDirection: 'desc' }), ['a', 'b'])
  assert.deepEqual(await ids({ limit: 1, offset: 1 }), ['a'])
})

test("EventAdapter.emit brings an event to the topic's subscribers", async () => {
  const events = new MemoryEventAdapter()
  const got: Got[] = []
  await events.subscribe('news', 'Reader', (event) => void got.push(event))
  await events.emit({ topic: 'news', data: { a: 1 }, traceId: 'T' })
  await events.whenIdle()
  assert.deepEqual(
    got.map(({ topic, data, traceId }) => [topic, data, traceId]),
    [['news', { a: 1 }, 'T']],
  )
})

test('EventAdapter.subscribe gives a handle; every Step gets every event', async () => {
  const events = new MemoryEventAdapter()
  const got: unknown[] = []
  const handle = await events.subscribe('news', 'Reader', (event) => void got.push(event))
  await events.subscribe('news', 'Archive', (event) => void got.push(event))
  await events.emit({ topic: 'news', data: 1 })
  await events.whenIdle()
  assert.equal(handle.topic, 'news')
  assert.equal(typeof handle.id, 'string')
  assert.equal(got.length, 2)
})

test("EventAdapter.unsubscribe, or the handle's, ends a subscription", async () => {
  const events = new MemoryEventAdapter()
  const got: unknown[] = []
  await events.unsubscribe(await events.subscribe('news', 'Reader', (event) => void got.push(event)))
  await (await events.subscribe('news', 'Archive', (event) => void got.push(event))).unsubscribe()
  await events.emit({ topic: 'news', data: 1 })
  await events.whenIdle()
  assert.deepEqual(got, [])
})

test('EventAdapter.shutdown ends all subscriptions', async () => {
  const events = new MemoryEventAdapter()
  await events.subscribe('news', 'Reader', () => {})
  await events.shutdown()
  assert.equal(await events.getSubscriptionCount('news'), 0)
})

test('EventAdapter.getSubscriptionCount counts the subscriptions of a topic', async () => {
  const events = new MemoryEventAdapter()
  await events.subscribe('news', 'Reader', () => {})
  await events.subscribe('news', 'Archive', () => {})
  assert.equal(await events.getSubscriptionCount('news'), 2)
  assert.equal(await events.getSubscriptionCount('other'), 0)
})

test('EventAdapter.listTopics gives the topics that have subscriptions', async () => {
  const events = new MemoryEventAdapter()
  await events.subscribe('news', 'Reader', () => {})
  await events.subscribe('orders', 'Reader', () => {})
  assert.deepEqual((await events.listTopics()).sort(), ['news', 'orders'])
})

test('CronAdapter.acquireLock gives the lock, or None when it is held', async () => {
  const cron = new MemoryCronAdapter()
  const lock = await cron.acquireLock('Tick', 60_000)
  assert.equal(lock?.jobName, 'Tick')
  assert.ok(Math.abs(lock.acquiredAt - Date.now()) < 5000)
  assert.equal(lock.expiresAt, lock.acquiredAt + 60_000)
  assert.equal(await cron.acquireLock('Tick', 60_000), null)
})

test('CronAdapter.releaseLock gives it back', async () => {
  const cron = new MemoryCronAdapter()
  const lock = await cron.acquireLock('Tick', 60_000)
  await cron.releaseLock(lock!)
  assert.notEqual(await cron.acquireLock('Tick', 60_000), null)
})

test('CronAdapter.renewLock holds it longer, and says whether it still could', async () => {
  let now = 1_000_000
  const cron = new MemoryCronAdapter(new Map(), () => now)
  const lock = await cron.acquireLock('Tick', 10_000)
  assert.equal(await cron.renewLock(lock!, 60_000), true)
  now += 30_000
  assert.equal(await cron.acquireLock('Tick', 10_000), null)
  now += 60_000
  assert.equal(await cron.renewLock(lock!, 60_000), false)
})

test('CronAdapter.isHealthy says whether locks can be had', async () => {
  assert.equal(await new MemoryCronAdapter().isHealthy(), true)
})

test('CronAdapter.shutdown lets go', async () => {
  assert.equal(await new MemoryCronAdapter().shutdown(), undefined)
})

test('CronAdapter.getActiveLocks gives the locks that are held', async () => {
  const cron = new MemoryCronAdapter()
  await cron.acquireLock('Tick', 60_000)
  const [active] = await cron.getActiveLocks()
  assert.equal(active?.jobName, 'Tick')
  assert.deepEqual(Object.keys(active).sort(), ['acquiredAt', 'expiresAt', 'instanceId', 'jobName'])
})

const KINDS = { string: 'text', number: 1.5, boolean: true, object: { a: 1 }, array: [1], null: null }

for (const [kind, given] of Object.entries(KINDS)) {
  test(`the type of a StateItem may be ${kind}`, async () => {
    const state = new MemoryStateAdapter()
    await state.set('g', 'k', given)
    assert.deepEqual(await state.items({ traceId: 'g' }), [{ groupId: 'g', key: 'k', type: kind, value: given }])
  })
}
