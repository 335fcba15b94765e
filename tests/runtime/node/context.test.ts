/** What a handler works with: state, streams, emit. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EmitError, StateError, StreamError, UnknownStreamError } from '@motia/runtime/errors.ts'

import { App } from './steps.ts'

const wrong = (type: new (...args: never[]) => Error, what: string) => (error: unknown) =>
  error instanceof type && error.message.includes(what)

test('the context has its six parts, and they can be taken out of it', async () => {
  const app = new App()
  await app.event(async (_, ctx) => {
    assert.deepEqual(Object.keys(ctx).sort(), ['emit', 'flows', 'logger', 'state', 'streams', 'traceId'])
    const { emit, logger, state, streams, traceId, flows } = ctx
    const { get, set } = state
    const { set: put } = streams.chat
    await set('g', 'k', 1)
    assert.equal(await get('g', 'k'), 1)
    await put('room', 'id', { text: 'a' })
    await emit({ topic: 'plain', data: 1 })
    logger.info('here')
    assert.deepEqual([traceId, flows], ['TRACE-0000001', ['greetings']])
    assert.deepEqual({ ...ctx }.traceId, traceId)
  })
  assert.equal(app.backend.events.messages.length, 2)
})

// state

test('state keeps values by group and key', async () => {
  await new App().inside(async ({ state }) => {
    assert.equal(await state.get('g', 'k'), null)
    assert.deepEqual(await state.set('g', 'k', { at: new Date(0), gone: undefined }), {
      at: '1970-01-01T00:00:00.000Z',
    })
    assert.equal(await state.set('g', 'a', false), false)
    assert.deepEqual(await state.getGroup('g'), [false, { at: '1970-01-01T00:00:00.000Z' }])
    assert.deepEqual(await state.get_group('g'), await state.getGroup('g'))
    assert.equal(await state.delete('g', 'a'), false)
    assert.equal(await state.delete('g', 'a'), null)
    assert.equal(await state.clear('g'), undefined)
    assert.deepEqual(await state.getGroup('g'), [])
  })
})

const NAMES: [unknown[], string][] = [
  [['', 'k'], 'the group is empty; in state.get'],
  [['g', ''], 'the key is empty'],
  [[5, 'k'], 'the group is a number; in state.get; allowed: a string'],
  [['g', undefined], 'the key is undefined'],
  [['g'.repeat(2049), 'k'], 'the group has 2049 bytes'],
  [['g', 'ü'.repeat(513)], "the key has 1026 bytes: 'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü'..."],
  [['g', '\ud800'], 'half of a surrogate pair'],
]

for (const [args, what] of NAMES) {
  test(`state refuses a bad name: ${what}`, async () => {
    await new App().inside(async ({ state }) => {
      await assert.rejects(state.get(...args), wrong(StateError, what))
    })
  })
}

test('state refuses what is not JSON, and takes names up to the limit', async () => {
  await new App().inside(async ({ state }) => {
    await assert.rejects(state.set('g', 'k', { a: [NaN] }), wrong(StateError, 'value.a[0] is not JSON'))
    await assert.rejects(state.set('g', 'k', NaN), wrong(StateError, "in state.set, group 'g', key 'k'; allowed"))
    await state.set('g'.repeat(2048), 'k'.repeat(1024), null)
  })
})

test('a value is what it was when it was set', async () => {
  await new App().inside(async ({ state }) => {
    const value = { n: 1 }
    const call = state.set('g', 'k', value)
    value.n = 2
    await call
    assert.deepEqual(await state.get('g', 'k'), { n: 1 })
  })
})

// streams

const marked = (item: object, groupId: string, id: string): object => ({
  ...item,
  __motia: { type: 'state-stream', streamName: 'chat', groupId, id },
})

test('a stream keeps items with their id and says where they live', async () => {
  const app = new App()
  await app.inside(async ({ streams: { chat } }) => {
    assert.equal(await chat.get('room', 'a'), null)
    const item = await chat.set('room', 'a', { text: 'hello', __motia: { streamName: 'other' } })
    assert.deepEqual(item, marked({ text: 'hello', id: 'a', _createdAt: item._createdAt }, 'room', 'a'))
    assert.deepEqual(await chat.get('room', 'a'), item)
    assert.deepEqual(await chat.getGroup('room'), [item])
    assert.deepEqual(await chat.get_group('room'), [item])
    assert.equal(await chat.send({ groupId: 'room' }, { type: 'typing', data: { user: 1 } }), undefined)
    await chat.send({ groupId: 'room', id: 'a' }, { type: 'seen' })
    assert.deepEqual(await chat.delete('room', 'a'), item)
    assert.equal(await chat.delete('room', 'a'), null)
  })
  assert.deepEqual(
    app.backend.streams.pushed.map(({ id, event }) => [id, event.type]),
    [
      ['a', 'create'],
      [null, 'event'],
      ['a', 'event'],
      ['a', 'delete'],
    ],
  )
  assert.deepEqual(app.backend.streams.pushed[2]!.event, { type: 'event', event: { type: 'seen', data: null } })
})

test('streams are found by name, and unknown ones are named', async () => {
  await new App().inside(async ({ streams }) => {
    assert.deepEqual(Object.keys(streams), ['chat', 'live-orders'])
    assert.ok('chat' in streams && !('other' in streams))
    assert.equal(streams.chat, streams['chat'])
    await streams['live-orders'].set('g', 'i', {})
    assert.throws(
      () => streams.other,
      wrong(UnknownStreamError, "there is no stream 'other'; in context.streams; allowed: chat, live-orders"),
    )
    assert.equal(await streams, streams)
    JSON.stringify(streams)
    assert.throws(() => void (streams.chat = 1), StreamError)
  })
})

type Ask = (chat: any) => Promise<unknown>
const STREAM_REFUSALS: [Ask, string][] = [
  [(chat) => chat.get('', 'a'), 'the group is empty; in streams.chat.get'],
  [(chat) => chat.set('g', 5, {}), 'the id is a number; in streams.chat.set'],
  [(chat) => chat.set('g', 'a', [1]), "an array; in streams.chat.set, group 'g', id 'a'; allowed: an object"],
  [(chat) => chat.set('g', 'a', undefined), 'the data is undefined'],
  [(chat) => chat.set('g', 'a', { x: NaN }), "number; in streams.chat.set, group 'g', id 'a'; allowed"],
  [(chat) => chat.getGroup('g'.repeat(2044)), 'allowed: at most 2043 bytes'],
  [(chat) => chat.send('room', { type: 'a' }), "the channel is 'room'"],
  [(chat) => chat.send({ groupId: 'g', id: '' }, { type: 'a' }), 'the id is empty'],
  [(chat) => chat.send({ groupId: 'g' }, { data: 1 }), 'the event is {"data":1}'],
  [(chat) => chat.send({ groupId: 'g' }, { type: 'a', data: [Infinity] }), "number; in streams.chat.send, group 'g'; allowed"],
]

for (const [ask, what] of STREAM_REFUSALS) {
  test(`a stream refuses: ${what}`, async () => {
    await new App().inside(async ({ streams }) => {
      await assert.rejects(ask(streams.chat), wrong(StreamError, what))
    })
  })
}

// emit

test('an event goes to every subscriber, with the trace and flows of its emitter', async () => {
  const app = new App()
  assert.equal(
    await app.inside(({ emit }) => emit({ topic: 'plain', data: { a: new Date(0), b: undefined } })),
    undefined,
  )
  const [one, two] = app.backend.events.messages
  assert.deepEqual([one!.subscriber.name, two!.subscriber.name], ['One', 'Two'])
  const { subscriber: _, dedupId, ...rest } = one!
  const data = { a: '1970-01-01T00:00:00.000Z' }
  assert.deepEqual(rest, { topic: 'plain', data, traceId: 'TRACE-0000001', flows: ['greetings'], groupId: undefined })
  assert.match(dedupId, /^[0-9a-f]{32}$/)
  assert.equal(two!.dedupId, dedupId)
})

test('a message group goes along; a topic without subscribers sends nothing', async () => {
  const app = new App()
  await app.inside(async ({ emit }) => {
    await emit({ topic: 'ordered', data: null, messageGroupId: 'user-1' })
    await emit({ topic: 'lonely' })
  })
  assert.deepEqual(
    app.backend.events.messages.map(({ groupId, data }) => [groupId, data]),
    [['user-1', null]],
  )
})

const WHERE = "in Step 'Hello' (steps/hello.step.ts)"
const EMIT_REFUSALS: [unknown, string][] = [
  [undefined, `emit got undefined; ${WHERE}`],
  ['plain', "emit got 'plain'"],
  [{ data: 1 }, 'emit got {"data":1}'],
  [{ topic: '' }, 'emit got'],
  [{ topic: 'other' }, `the topic 'other' is not declared; ${WHERE}; allowed: plain, ordered, lonely; add it`],
  [{ topic: 'constructor' }, "the topic 'constructor' is not declared"],
  [{ topic: 'ordered', data: 1 }, "the topic 'ordered' has a FIFO subscriber, 'Fifo', and the event no messageGroupId"],
  [{ topic: 'plain', messageGroupId: 42 }, 'the messageGroupId is a number'],
  [{ topic: 'plain', messageGroupId: 'a b' }, "the messageGroupId is 'a b'"],
  [{ topic: 'plain', messageGroupId: 'a\n' }, "the messageGroupId is 'a\\n'"],
  [{ topic: 'ordered', messageGroupId: '' }, "the messageGroupId is ''"],
  [{ topic: 'plain', messageGroupId: 'x'.repeat(129) }, 'allowed: a string of 1 to 128 letters'],
  [{ topic: 'plain', data: { items: [{}, { price: NaN }] } }, 'data.items[1].price is not JSON: NaN'],
  [{ topic: 'plain', data: NaN }, `NaN is not a JSON number; ${WHERE}, topic 'plain'; allowed`],
]

for (const [event, what] of EMIT_REFUSALS) {
  test(`emit refuses: ${what}`, async () => {
    const app = new App()
    await app.inside(({ emit }) => assert.rejects(emit(event), wrong(EmitError, what)))
    assert.deepEqual(app.backend.events.messages, [])
  })
}

test('what the queue says is thrown', async () => {
  const app = new App()
  app.backend.events.fail = new Error('the queue is gone')
  await app.inside(({ emit }) => assert.rejects(emit({ topic: 'plain' }), /the queue is gone/))
})

// traces

test('every operation is an event of the trace', async () => {
  const app = new App()
  await app.inside(async ({ state, streams: { chat }, emit }) => {
    await state.set('g', 'k', 1)
    await state.getGroup('g')
    await chat.send({ groupId: 'r' }, { type: 'a', data: 1 })
    await emit({ topic: 'plain', data: 1 })
    await emit({ topic: 'other', data: { x: NaN } }).catch(() => {})
  })
  assert.deepEqual(
    app.backend.trace.events.map(({ timestamp: _, ...event }) => event),
    [
      { type: 'state', operation: 'set', data: { traceId: 'g', key: 'k', value: 1 } },
      { type: 'state', operation: 'getGroup', data: { groupId: 'g' } },
      {
        type: 'stream',
        operation: 'send',
        streamName: 'chat',
        data: { groupId: 'r', data: { type: 'a', data: 1 } },
        calls: 1,
      },
      { type: 'emit', topic: 'plain', success: true, data: 1 },
      { type: 'emit', topic: 'other', success: false, data: { x: 'NaN' } },
    ],
  )
})

test('calls nobody awaits are made before the invocation ends, and their failures logged', async () => {
  const app = new App()
  await app.event((_, { emit, state }) => {
    void emit({ topic: 'plain', data: 1 })
    void state.set('g', 'k', 1)
    void emit({ topic: 'other' })
    void state.get('', 'k')
  })
  assert.equal(app.backend.events.messages.length, 2)
  assert.equal(app.backend.state.groups.get('g')!.get('k'), 1)
  assert.deepEqual(app.told, [
    ['error', 'context.emit was not awaited and failed'],
    ['error', 'context.state.get was not awaited and failed'],
  ])
  const { error } = app.backend.logs.records[0] as { error: { stack: string } }
  assert.match(error.stack, /^EmitError: the topic 'other' .*\n +at .*context\.test\.ts:\d+:\d+\)?$/m)
  assert.doesNotMatch(error.stack, /new Promise|node:|runtime\/node\/src/)
})
