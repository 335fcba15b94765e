/** What motia.config.ts may say, and what it must not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { StreamAdapter } from '@motia/runtime/adapters/interfaces.ts'
import { MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter } from '@motia/runtime/adapters/memory.ts'
import { MemoryEventAdapter } from '@motia/runtime/adapters/memory_events.ts'
import { ProjectError, StepLoadError } from '@motia/runtime/errors.ts'
import { readConfig } from '@motia/runtime/project_config.ts'
import {
  authDescriptor,
  authenticate,
  guardDescriptor,
  loadAuth,
  loadGuard,
  mayJoin,
} from '@motia/runtime/stream_access.ts'

const state = new MemoryStateAdapter()

test('adapters are instances, classes, or functions', () => {
  const adapters = {
    state,
    streams: MemoryStreamAdapter,
    events: () => new MemoryEventAdapter(),
    cron: MemoryCronAdapter,
  }
  const config = readConfig({ default: { adapters } })
  assert.equal(config.state(), state)
  assert.ok(config.stream('chat') instanceof StreamAdapter)
  assert.ok(config.events() instanceof MemoryEventAdapter)
  assert.ok(config.cron() instanceof MemoryCronAdapter)
  assert.deepEqual(Object.keys(config.adapters), ['state', 'streams', 'events', 'cron'])
})

test('a stream adapter is made with the name of its stream, in three ways', () => {
  const made: string[] = []
  class Mine extends MemoryStreamAdapter {
    constructor(name: string) {
      super(name)
      made.push(name)
    }
  }
  const ways = [Mine, (name: string) => new Mine(name), { createStream: (name: string) => new Mine(name) }]
  for (const streams of ways) readConfig({ default: { adapters: { streams } } }).stream('chat')
  assert.deepEqual(made, ['chat', 'chat', 'chat'])
})

test('an adapter need not be derived from anything, and its methods may be fields', () => {
  class Plain {
    get = async (): Promise<null> => null
    set = async (_: string, id: string, data: object): Promise<object> => ({ ...data, id })
    delete = async (): Promise<null> => null
    getGroup = async (): Promise<never[]> => []
  }
  assert.ok(readConfig({ default: { adapters: { streams: Plain } } }).stream('chat') instanceof Plain)
})

test('a file may say nothing, or be CommonJS, or export `config`', () => {
  const auth = { streamAuth: { authenticate: () => 5 } }
  for (const module of [{}, { default: {} }, { default: { adapters: undefined, streamAuth: null } }]) {
    const config = readConfig(module)
    assert.deepEqual([config.state(), config.stream('a'), config.streamAuth], [undefined, undefined, undefined])
  }
  for (const module of [{ default: auth }, { config: auth }, { default: { __esModule: true, default: auth } }]) {
    assert.ok(readConfig(module).streamAuth)
  }
})

test('what only the original knows is noted', () => {
  const config = readConfig({ default: { plugins: [], redis: { useMemoryServer: true }, app: () => {}, adapters: {} } })
  assert.deepEqual(config.ignored, ['plugins', 'redis', 'app'])
})

const REFUSED: [unknown, RegExp][] = [
  [5, /the default export is a number; in motia\.config\.ts; allowed: an object/],
  [[], /the default export is an array/],
  [{ adapter: {} }, /the configuration has the key 'adapter'; .*allowed: adapters, streamAuth/],
  [{ adapters: 5 }, /`adapters` is a number/],
  [{ adapters: { stream: {} } }, /`adapters` has the key 'stream'; .*allowed: state, streams, events, cron/],
  [{ adapters: { state: 'redis' } }, /adapters\.state is 'redis'; .*allowed: an instance, class or function/],
  [{ adapters: { streams: new MemoryStreamAdapter('a') } }, /adapters\.streams is .*allowed: a class or a function of/],
  [
    {
      adapters: {
        state: class Half {
          get() {}
          set() {}
        },
      },
    },
    /adapters\.state is Half, which lacks delete, getGroup, clear/,
  ],
  [{ adapters: { cron: { acquireLock() {} } } }, /adapters\.cron is Object, which lacks releaseLock, renewLock/],
  [{ streamAuth: () => {}, other: 1 }, /the configuration has the key 'other'/],
  [{ streamAuth: { authenticate: 5 } }, /streamAuth\.authenticate is a number/],
  [{ streamAuth: { authenticate() {}, schema: {} } }, /`streamAuth` has the key 'schema'/],
  [{ streamAuth: { authenticate() {}, contextSchema: 'x' } }, /streamAuth\.contextSchema is a string/],
]

for (const [config, message] of REFUSED) {
  test(`it is refused: ${message.source}`, () => {
    assert.throws(
      () => readConfig({ default: config }),
      (error) => error instanceof ProjectError && message.test(error.message),
    )
  })
}

test('an adapter that cannot be made says why', () => {
  const broken = (): never => {
    throw new Error('REDIS_URL is not set')
  }
  const made = readConfig({ default: { adapters: { state: broken, events: () => ({}) } } })
  assert.throws(() => made.state(), /adapters\.state cannot be made: broken: REDIS_URL is not set/)
  assert.throws(() => made.events(), /adapters\.events is events, which lacks emit, subscribe/)
})

// who may listen

const chat = guardDescriptor('chat', 'steps/chat.stream.ts')

test('canAccess is found in the config or beside it, and asked', async () => {
  const canAccess = async ({ groupId }: { groupId: string }, user: { id: string } | null): Promise<unknown> =>
    user?.id === groupId
  for (const module of [{ config: { canAccess } }, { default: { config: { canAccess } } }, { canAccess }]) {
    const guard = loadGuard(module, chat)
    assert.equal(await mayJoin(guard, { groupId: 'a' }, { id: 'a' }), true)
    assert.equal(await mayJoin(guard, { groupId: 'a', id: 'x' }, null), false)
  }
})

test('a canAccess that is no function is refused, and one that throws throws', async () => {
  assert.throws(() => loadGuard({ config: {} }, chat), /the stream 'chat' has no canAccess; in steps\/chat\.stream\.ts/)
  assert.throws(() => loadGuard({ config: { canAccess: true } }, chat), /has a canAccess that is a boolean/)
  const guard = loadGuard({ config: { canAccess: () => Promise.reject(new Error('no')) } }, chat)
  await assert.rejects(mayJoin(guard, { groupId: 'a' }, null), /no/)
})

test('authenticate is given headers and url; without one everybody may connect', async () => {
  const users: Record<string, object> = { x: { id: 'ada', at: new Date(0) } }
  const streamAuth = {
    contextSchema: {},
    authenticate({ headers, url }: { headers: Record<string, string>; url: string }): unknown {
      return this.contextSchema && { ...users[headers.authorization!], url }
    },
  }
  const auth = loadAuth({ default: { streamAuth } })
  const expected = { id: 'ada', at: '1970-01-01T00:00:00.000Z', url: '/?a=1' }
  assert.deepEqual(await authenticate(auth, { authorization: 'x' }, '/?a=1'), expected)
  assert.equal(await authenticate(loadAuth({}), {}, '/'), null)
})

test('an authenticate that is wrong is a load error; one that throws, or returns what is no JSON, throws', async () => {
  const wrong = { default: { streamAuth: { authenticate: 5 } } }
  assert.throws(
    () => loadAuth(wrong, authDescriptor('motia.config.js')),
    (error) => {
      return (
        error instanceof StepLoadError &&
        /authenticate is a number; allowed: .*; in motia\.config\.js/.test(error.message)
      )
    },
  )
  const of = (authenticate: () => unknown): object => ({ default: { streamAuth: { authenticate } } })
  await assert.rejects(authenticate(loadAuth(of(() => Promise.reject(new Error('no')))), {}, '/'), /no/)
  await assert.rejects(
    authenticate(loadAuth(of(() => ({ a: NaN }))), {}, '/'),
    /the result of authenticate\.a is not JSON/,
  )
})
