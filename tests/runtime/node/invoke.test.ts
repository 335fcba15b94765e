/** A handler is run once: its request, its response, its failures. */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import { StepLoadError } from '@motia/runtime/errors.ts'
import { describe } from '@motia/runtime/failure.ts'
import { loadStep } from '@motia/runtime/invoke.ts'

import { App, descriptor, json } from './steps.ts'

const FAILED = { error: 'Internal server error' }

test('a handler sees the request and its answer is sent', async () => {
  let seen: any
  const handler = async (req: any, { traceId }: any): Promise<object> => {
    seen = req
    return { status: 201, body: { id: req.pathParams.id }, headers: { 'X-Request-ID': traceId } }
  }
  const response = await new App().api(
    { handler },
    {
      method: 'POST',
      query: 'a=1&a=2&flag',
      headers: [
        ['content-type', 'application/json'],
        ['x-a', '1'],
        ['x-a', '2'],
      ],
      body: Buffer.from('{"name": "ü"}'),
      pathParams: { id: '7' },
    },
  )
  assert.deepEqual([response.status, json(response)], [201, { id: '7' }])
  assert.ok(response.headers.some(([name, value]) => name === 'x-request-id' && value === 'TRACE-0000001'))
  assert.deepEqual(Object.keys(seen), ['body', 'headers', 'pathParams', 'queryParams', 'rawBody'])
  assert.deepEqual(seen, {
    body: { name: 'ü' },
    headers: { 'content-type': 'application/json', 'x-a': '1, 2' },
    pathParams: { id: '7' },
    queryParams: { a: ['1', '2'], flag: '' },
    rawBody: '{"name": "ü"}',
  })
})

test('bytes come in and go out as they are', async () => {
  const handler = (req: any): object => ({ status: 200, body: Buffer.concat([req.body, req.rawBody]) })
  const sent = Buffer.from([0, 255])
  const response = await new App().api({ handler }, { headers: [['content-type', 'image/png']], body: sent })
  assert.deepEqual([...response.body], [0, 255, 0, 255])
  assert.ok(response.headers.some(([name, value]) => name === 'content-type' && value === 'application/octet-stream'))
})

const BODIES: [string, unknown][] = [
  ['a Uint8Array', new Uint8Array([104, 105])],
  ['an ArrayBuffer', new Uint8Array([104, 105]).buffer],
  ['part of one', new Uint8Array([0, 104, 105, 0]).subarray(1, 3)],
  ['a Buffer that was JSON', { type: 'Buffer', data: [104, 105] }],
]

for (const [name, body] of BODIES) {
  test(`${name} is sent as bytes`, async () => {
    assert.equal((await new App().api({ handler: () => ({ status: 200, body }) })).body.toString(), 'hi')
  })
}

const UNREAD: [string, unknown][] = [
  ['a Response of fetch', new Response('hi')],
  ['a stream of Node', { status: 200, body: Readable.from(['hi']) }],
  ['a Blob', { status: 200, body: new Blob(['hi']) }],
]

for (const [name, result] of UNREAD) {
  test(`${name} is no body until it is read`, async () => {
    const app = new App()
    const response = await app.api({ handler: () => result })
    assert.deepEqual([response.status, json(response)], [500, FAILED])
    assert.match(String((app.backend.logs.records[0]!.error as Error).message), /the body is a stream, which has not been read.*arrayBuffer/)
  })
}

test('headers may be a Map or Headers of fetch', async () => {
  for (const headers of [new Map([['X-A', '1']]), new Headers({ 'X-A': '1' })]) {
    const response = await new App().api({ handler: () => ({ status: 200, headers }) })
    assert.ok(response.headers.some(([name, value]) => name === 'x-a' && value === '1'))
  }
})

test('a request that cannot be read is refused, and the handler not called', async () => {
  const app = new App()
  const handler = (): never => assert.fail('called')
  const response = await app.api(
    { handler },
    { headers: [['content-type', 'application/json']], body: Buffer.from('{') },
  )
  assert.equal(response.status, 400)
  const detail = 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'
  assert.deepEqual(json(response), { error: 'Malformed JSON body', detail })
  assert.deepEqual(app.told, [])
})

const FAILURES: [string, (...args: any[]) => unknown, string][] = [
  ['throws', () => JSON.parse('{'), 'Expected property name'],
  ['rejects', async () => Promise.reject(new Error('later')), 'later'],
  ['throws a text', () => Promise.reject('only text'), 'only text'],
  ['throws undefined', () => Promise.reject(), 'undefined'],
  ['returns nothing', () => undefined, 'the handler returned nothing; return { status: 200, body: ... }'],
  ['returns a text', () => 'hello', 'the handler returned a string, which is not a response'],
  ['returns a list', () => [200, {}], 'the handler returned an array, which is not a response'],
  ['returns no status', () => ({ body: 1 }), 'a response without status'],
  ['returns statusCode', () => ({ statusCode: 200 }), '`statusCode` is not read here'],
  ['returns NaN', () => ({ status: 200, body: { a: [NaN] } }), 'body.a[0] is not JSON: NaN is not a JSON number'],
  [
    'returns a promise inside',
    () => ({ status: 200, body: { a: (async () => 1)() } }),
    'body.a is not JSON: it is a Promise',
  ],
  ['returns a generator', function* () {}, 'the handler returned a generator, of which nothing has run'],
  ['returns a bad header', () => ({ status: 200, headers: { a: 'b\r\nc' } }), "holds the character '\\r'"],
  ['returns headers as a list', () => ({ status: 200, headers: [['a', 'b']] }), 'headers are an array'],
  ['uses an unknown stream', (_, { streams }) => streams.other.get('a', 'b'), "there is no stream 'other'"],
]

for (const [what, thrown, code] of [
  ['an error', Object.assign(new Error('no'), { code: 'E_NO' }), 'E_NO'],
  ['an error of the platform', new DOMException('no', 'TimeoutError'), 23],
  ['an object', { code: 404 }, 404],
  ['an error whose code is something else', Object.assign(new Error('no'), { code: { a: 1 } }), undefined],
  ['an error without a code', new Error('no'), undefined],
] as const) {
  test(`the code of ${what} that is thrown is ${code ?? 'left out'}`, () => {
    assert.deepEqual([describe(thrown).code, 'code' in describe(thrown)], [code, code !== undefined])
  })
}

for (const [name, handler, message] of FAILURES) {
  test(`a handler that ${name} is a 500 and an error in the log`, async () => {
    const app = new App()
    const response = await app.api({ handler })
    assert.deepEqual([response.status, json(response)], [500, FAILED])
    assert.deepEqual(app.told, [['error', '[API] Internal server error']])
    const { error } = app.backend.logs.records[0] as { error: { message: string; stack: string } }
    assert.ok(error.message.includes(message), error.message)
    assert.doesNotMatch(error.stack, /runtime\/node\/src|node:internal/)
  })
}

test('an event handler is given the data, and its failure is the caller’s', async () => {
  const app = new App()
  let seen: unknown
  await app.event((...args) => void (seen = args[0]), [1, null])
  assert.deepEqual(seen, [1, null])
  await assert.rejects(
    app.event(async () => Promise.reject(new TypeError('no'))),
    { name: 'TypeError', message: 'no' },
  )
  await assert.rejects(
    app.event(() => {
      throw new RangeError('at once')
    }),
    RangeError,
  )
  assert.deepEqual(app.told, [])
})

test('a generator is a failure of its handler: nothing of it has run', async () => {
  const app = new App()
  const refused = /the handler returned a generator, of which nothing has run; in .*step/
  await assert.rejects(app.event(function* () {}), refused)
  await assert.rejects(app.event(async function* () {}), refused)
  await assert.rejects(app.cron(() => (function* () {})()), refused)
})

test('a cron handler is given the context alone, or after nothing', async () => {
  const app = new App()
  const seen: unknown[] = []
  await app.cron((ctx) => seen.push(ctx.traceId))
  await app.cron((_input, ctx) => seen.push(_input, ctx.traceId))
  await app.cron(({ traceId }) => seen.push(traceId))
  assert.deepEqual(seen, ['TRACE-0000001', {}, 'TRACE-0000001', 'TRACE-0000001'])
})

// middleware

const order: string[] = []
const layer =
  (name: string) =>
  async (req: any, _: unknown, next: any): Promise<any> => {
    order.push(`${name} in`)
    req.seen = [...(req.seen ?? []), name]
    const response = await next()
    order.push(`${name} out`)
    return { ...response, headers: { ...response.headers, [`x-${name}`]: 'yes' } }
  }

test('middleware runs in order around the handler, and shares the request', async () => {
  const handler = (req: any): object => ({ status: 200, body: req.seen })
  const response = await new App().api({ handler, config: { middleware: [layer('a'), layer('b')] } })
  assert.deepEqual(json(response), ['a', 'b'])
  assert.deepEqual(order, ['a in', 'b in', 'b out', 'a out'])
  assert.ok(response.headers.some(([name]) => name === 'x-a') && response.headers.some(([name]) => name === 'x-b'))
})

test('middleware may answer instead of the handler', async () => {
  const guard = (): object => ({ status: 401, body: { error: 'Unauthorized' } })
  const response = await new App().api({ handler: () => assert.fail('called'), config: { middleware: [guard] } })
  assert.deepEqual([response.status, json(response)], [401, { error: 'Unauthorized' }])
})

test('middleware may catch what the handler throws, and give it another request', async () => {
  const rescue = async (_: unknown, __: unknown, next: () => Promise<unknown>): Promise<unknown> =>
    next().catch((error: Error) => ({ status: 409, body: { error: error.message } }))
  const other = (req: object, _: unknown, next: (req: object) => unknown): unknown => next({ ...req, body: 'other' })
  const handler = (req: any): never => {
    throw new Error(req.body)
  }
  const response = await new App().api({ handler, config: { middleware: [rescue, other] } })
  assert.deepEqual([response.status, json(response)], [409, { error: 'other' }])
})

test('middleware that returns nothing, and next with an error, are failures', async () => {
  const forgetful = async (_: unknown, __: unknown, next: () => unknown): Promise<void> => void (await next())
  const express = (_: unknown, __: unknown, next: (error: Error) => unknown): unknown => next(new Error('not allowed'))
  for (const [middleware, message] of [
    [forgetful, "the middleware 'forgetful' returned nothing; end it with `return await next()` or with a response"],
    [express, 'not allowed'],
  ] as const) {
    const app = new App()
    const response = await app.api({ handler: () => ({ status: 200 }), config: { middleware: [middleware] } })
    assert.equal(response.status, 500)
    assert.equal((app.backend.logs.records[0]!.error as Error).message, message)
  }
})

// modules

const handler = (): object => ({ status: 200, body: 'ok' })
const MODULES: [string, object][] = [
  ['named exports', { handler }],
  ['a default export with both', { default: { config: {}, handler } }],
  ['a function as default export', { config: {}, default: handler }],
  ['CommonJS seen from an ES module', { default: { config: {}, handler }, config: {}, handler }],
  ['CommonJS that was an ES module', { default: { __esModule: true, default: { handler } } }],
  ['a named config and a default handler', { config: { middleware: [] }, default: { handler } }],
]

for (const [name, module] of MODULES) {
  test(`a Step may have ${name}`, async () => {
    assert.equal((await new App().api(module)).body.toString(), 'ok')
  })
}

test('middleware is found where the config is', async () => {
  const middleware = [(): object => ({ status: 403 })]
  for (const module of [{ handler, config: { middleware } }, { default: { handler, config: { middleware } } }]) {
    assert.equal((await new App().api(module)).status, 403)
  }
})

test('a module that is no Step is refused with what is missing', () => {
  const refused: [object, string, RegExp][] = [
    [{}, 'api', /the Step 'Hello' has no handler; in steps\/hello\.step\.ts; write .*\(req, ctx\)/],
    [{ handler: 5 }, 'event', /has a handler that is a number; .*\(input, ctx\)/],
    [{ default: {} }, 'cron', /has no handler; .*\(ctx\)/],
    [{ handler, config: { middleware: [null] } }, 'api', /the middleware null of the Step 'Hello' cannot be called/],
  ]
  for (const [module, type, message] of refused) {
    assert.throws(
      () => loadStep(module, descriptor(type)),
      (error) => error instanceof StepLoadError && message.test(error.message),
    )
  }
})
