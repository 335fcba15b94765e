/** What motia.config.ts may say, and what it must not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { StreamAdapter } from '@motia/runtime/adapters/interfaces.ts'
import { MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter } from '@motia/runtime/adapters/memory.ts'
import { MemoryEventAdapter } from '@motia/runtime/adapters/memory_events.ts'
import { ProjectError, StepLoadError } from '@motia/runtime/errors.ts'
import { checkConfig, readConfig } from '@motia/runtime/project_config.ts'
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

const auth = { streamAuth: { authenticate: () => 5 } }

test('a configuration may say nothing', () => {
  for (const module of [{ default: {} }, { config: {} }, { default: { adapters: undefined, streamAuth: null } }]) {
    const config = readConfig(module)
    assert.deepEqual([config.state(), config.stream('a'), config.streamAuth], [undefined, undefined, undefined])
  }
})

const WAYS: Record<string, object> = {
  'the default export': { default: auth },
  'an export named config': { config: auth },
  'both, of one object': { default: auth, config: auth },
  'an export named streamAuth': { ...auth },
  'an export beside one of other things': { ...auth, userOf: () => 5, LIMITS: { a: 1 } },
  'an export beside the default export': { default: { adapters: {} }, ...auth },
  'a default export beside the function that made it': { default: auth, config: <T>(given: T): T => given },
  'module.exports = {...}': { default: auth, 'module.exports': auth },
  'exports.config = ...': { default: { config: auth } },
  'exports.default = ...': { default: { default: auth } },
  'a compiled ES module': { default: { __esModule: true, default: auth } },
  'a compiled ES module with named exports': { default: { __esModule: true, ...auth } },
  'a compiled ES module with config': { default: { __esModule: true, config: auth }, __esModule: true },
}

for (const [way, module] of Object.entries(WAYS)) {
  test(`the stream auth is found in ${way}`, () => assert.ok(readConfig(module).streamAuth))
}

test('adapters and what has no effect may be exports of their own', () => {
  const config = readConfig({ adapters: { state }, plugins: [], redis: {} })
  assert.equal(config.state(), state)
  assert.deepEqual(config.ignored, ['plugins', 'redis'])
})

test('what the configuration says wins over an export of the same name', () => {
  const open = { streamAuth: { authenticate: () => 6 } }
  assert.equal(readConfig({ default: auth, ...open }).streamAuth?.authenticate({ headers: {}, url: '/' }), 5)
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
  [{ streamauth: {} }, /the configuration has the key 'streamauth'; .*did you mean 'streamAuth'\?/],
  [null, /the default export is null/],
  [undefined, /the default export is undefined/],
  [Promise.resolve(auth), /the default export is a Promise; .*write `await` before it/],
  [new Map(Object.entries(auth)), /the default export is a Map/],
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

const OVERLOOKED: [object, RegExp][] = [
  [{}, /the file exports nothing; in motia\.config\.ts; allowed: `export default config\(.*write `export default`/],
  [{ c: auth }, /the file exports `c`, which is no configuration; .*write `export default c`/],
  [{ a: 1, b: () => 5 }, /the file exports `a`, `b`, which is no configuration/],
  [{ streamAuths: auth.streamAuth }, /exports `streamAuths`, .*did you mean 'streamAuth'\?/],
  [{ stream_auth: auth.streamAuth }, /did you mean 'streamAuth'\?/],
  [{ default: {}, streamAuht: auth.streamAuth }, /the export 'streamAuht' is none of .*did you mean 'streamAuth'\?/],
  [{ default: {}, adapter: { state } }, /the export 'adapter' is none of .*did you mean 'adapters'\?/],
  [{ config: {}, auth: auth.streamAuth }, /the export 'auth' has no effect: streams are open to everybody/],
  [{ adapters: {}, authenticate: () => 5 }, /the export 'authenticate' has no effect: streams are open/],
  [{ default: auth, config: {} }, /the default export and `config` are two configurations/],
  [{ config: 5 }, /`config` is a number/],
  [{ default: { config: 5 } }, /`config` is a number/],
]

for (const [module, message] of OVERLOOKED) {
  test(`nothing that is meant is overlooked: ${message.source}`, () => {
    assert.throws(
      () => readConfig(module),
      (error) => error instanceof ProjectError && message.test(error.message),
    )
  })
}

test('helpers of a configuration are nobody\'s business', () => {
  const helpers = { authenticate: auth.streamAuth.authenticate, confirm: {}, ADAPTED: [], auth: auth.streamAuth }
  assert.ok(readConfig({ default: auth, ...helpers }).streamAuth)
  assert.equal(readConfig({ default: { streamAuth: undefined }, ...helpers }).streamAuth, undefined)
})

test('everything that is wrong is found at once', () => {
  const wrong = { a: 1, b: 2, adapters: { stat: 1, state: 'x', cron: {} }, streamAuth: { c: 3, contextSchema: 4 } }
  const { problems } = checkConfig({ default: wrong })
  const said = [
    "the configuration has the key 'a'",
    "the configuration has the key 'b'",
    "`adapters` has the key 'stat'",
    "adapters.state is 'x'",
    'adapters.cron is Object, which lacks acquireLock, releaseLock, renewLock, isHealthy, shutdown, getActiveLocks',
    "`streamAuth` has the key 'c'",
    'streamAuth.contextSchema is a number',
    'streamAuth.authenticate is undefined',
  ]
  assert.deepEqual(problems.map(({ what }) => what), said)
})

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
  assert.equal(await authenticate(loadAuth({ default: {} }), {}, '/'), null)
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
