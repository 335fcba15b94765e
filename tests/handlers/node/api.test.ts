/** API Steps behind an HTTP API: whole events in, Lambda responses out. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import type { ApiAnswer, ApiEvent } from '@motia/runtime/lambda/api.ts'
import { handle, readEvent, writeResponse } from '@motia/runtime/lambda/api.ts'
import { Sandbox } from '@motia/runtime/lambda/sandbox.ts'
import { readDescriptor } from '@motia/runtime/descriptor.ts'

import { described, eventOf, FakeServices, linesOf, sandboxOf } from './fakes.ts'

const echo = async (req: any) => ({
  status: 200,
  body: [req.body, req.pathParams, req.queryParams, req.headers],
})
const API = { type: 'api', method: 'GET', path: '/a' }

function event(method: string, path: string, changes: Partial<ApiEvent> = {}): ApiEvent {
  const made = eventOf<ApiEvent>('http_api')
  const http = { ...made.requestContext.http, method }
  const context = { ...made.requestContext, http }
  return { ...made, requestContext: context, rawPath: path, rawQueryString: '', cookies: [], body: null, ...changes }
}

function bodyOf(answer: ApiAnswer): any {
  return JSON.parse(answer.body)
}

test('a whole request arrives', async () => {
  const sandbox = sandboxOf(echo, new FakeServices(), { ...API, method: 'POST', path: '/orders/:id/:share' })
  const answer = await handle(eventOf('http_api'), sandbox)
  const [body, params, query, headers] = bodyOf(answer)
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(body, { total: 12.5 })
  assert.deepEqual(params, { id: 'a b', share: '100%' })
  assert.deepEqual(query, { x: ['1', '2'], filter: { name: 'a b' }, empty: '' })
  assert.equal(headers.cookie, 'session=abc; theme=dark')
  assert.equal(headers['x-many'], '1,2')
})

test('bytes go both ways and a stage is no part of the path', async () => {
  const handler = async (req: any) => {
    assert.deepEqual({ ...req.pathParams }, { 0: '2026/picture.bin' })
    return { status: 201, body: Buffer.from(req.body).reverse(), headers: { 'content-type': 'image/x-test' } }
  }
  const services = new FakeServices()
  const sandbox = sandboxOf(handler, services, { ...API, method: 'PUT', path: '/files/*' })
  const answer = await handle(eventOf('http_api_binary'), sandbox)
  assert.deepEqual([answer.statusCode, answer.isBase64Encoded, services.errors], [201, true, []])
  assert.deepEqual(Buffer.from(answer.body, 'base64'), Buffer.from([0x80, 0x10, 0xff, 0x00]))
})

test('several cookies and several values', async () => {
  const headers = { 'Set-Cookie': ['a=1; Path=/', 'b=2'], Vary: ['Origin', 'Accept'] }
  const sandbox = sandboxOf(async () => ({ status: 200, headers }), new FakeServices(), API)
  const answer = await handle(event('GET', '/a'), sandbox)
  assert.deepEqual(answer.cookies, ['a=1; Path=/', 'b=2'])
  assert.equal(answer.headers['vary'], 'Origin, Accept')
  assert.equal(answer.body, '')
})

test('a path the gateway has decoded beyond recognition still arrives', async () => {
  const sandbox = sandboxOf(echo, new FakeServices(), { ...API, path: '/files/:name' })
  const answer = await handle(event('GET', '/files/a/b', { pathParameters: { name: 'a/b' } }), sandbox)
  assert.deepEqual(bodyOf(answer)[1], { name: 'a/b' })
})

test('each request has a trace of its own', async () => {
  const handler = async (_: unknown, ctx: any) => ({ status: 200, body: ctx.traceId })
  const sandbox = sandboxOf(handler, new FakeServices(), API)
  const answers = await Promise.all(Array.from({ length: 5 }, () => handle(event('GET', '/a'), sandbox)))
  assert.equal(new Set(answers.map((answer) => answer.body)).size, 5)
})

test("malformed JSON is the client's error", async () => {
  const sandbox = sandboxOf(echo, new FakeServices(), { ...API, method: 'POST' })
  const answer = await handle(event('POST', '/a', { body: '{"a": ' }), sandbox)
  assert.equal(answer.statusCode, 400)
  assert.equal(bodyOf(answer).error, 'Malformed JSON body')
})

const failing: readonly [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error('a secret')
    },
  ],
  ['rejects', async () => Promise.reject(new Error('a secret'))],
  [
    'throws no error',
    () => {
      throw 'a secret'
    },
  ],
  ['returns nothing', async () => undefined],
]
for (const [what, handler] of failing) {
  test(`a handler that ${what} is a 500 without the reason`, async () => {
    const services = new FakeServices()
    const answer = await handle(event('GET', '/a'), sandboxOf(handler, services, API))
    assert.deepEqual([answer.statusCode, answer.body], [500, '{"error":"Internal server error"}'])
    assert.equal(services.errors.length, 1)
  })
}

test('a Step that cannot be imported says so at every request until it can', async () => {
  let broken = true
  const load = async () => {
    if (broken) throw new TypeError('DATABASE_URL is not set')
    return { handler: echo }
  }
  const sandbox = sandboxOf({ load }, new FakeServices(), API)
  const [record] = await linesOf(async () => {
    const answer = await handle(event('GET', '/a'), sandbox)
    assert.deepEqual([answer.statusCode, answer.body], [500, '{"error":"Internal server error"}'])
  })
  assert.deepEqual([record?.['level'], record?.['step']], ['error', 'Work'])
  assert.equal(record?.['msg'], 'the Step cannot be imported: TypeError: DATABASE_URL is not set')
  assert.match(JSON.stringify(record?.['error']), /api\.test.*StepLoadError/)
  broken = false
  assert.equal((await handle(event('GET', '/a'), sandbox)).statusCode, 200)
})

test('a response too large for Lambda is said to be', async () => {
  const services = new FakeServices()
  const handler = async (req: any) => ({ status: 200, body: 'x'.repeat(Number(req.queryParams.n)) })
  const sandbox = sandboxOf(handler, services, API)
  assert.equal((await handle(event('GET', '/a', { rawQueryString: 'n=5000000' }), sandbox)).statusCode, 200)
  assert.equal((await handle(event('GET', '/a', { rawQueryString: 'n=6300000' }), sandbox)).statusCode, 500)
  assert.equal(services.errors[0]?.['msg'], 'Response too large')
})

function router(): Sandbox {
  const routes = [
    ['get', 'GET', '/a/:id'],
    ['static', 'GET', '/a/b'],
    ['post', 'POST', '/a/:id'],
    ['rest', 'GET', '/*'],
  ]
  const steps = routes.map(([name = '', method, path]) =>
    described({ id: name, name, type: 'api', file: `steps/${name}.step.ts`, method, path }),
  )
  const modules = Object.fromEntries(
    steps.map(({ name, file }) => {
      const handler = async (req: any) => ({ status: 200, body: [name, req.pathParams] })
      return [file, { handler }]
    }),
  )
  return new Sandbox({ modules, descriptor: readDescriptor({ steps, topics: {}, streams: [] }) }, new FakeServices())
}

for (const [method, path, answered] of [
  ['GET', '/a/b', ['static', {}]],
  ['GET', '/a/c', ['get', { id: 'c' }]],
  ['POST', '/a/b', ['post', { id: 'b' }]],
  ['GET', '/x/y', ['rest', { 0: 'x/y' }]],
] as const) {
  test(`of a router's Steps ${answered[0]} answers ${method} ${path}`, async () => {
    assert.deepEqual(bodyOf(await handle(event(method, path), router())), answered)
  })
}

test('a router answers what it does not know', async () => {
  const unknown = await handle(event('DELETE', '/a/b'), router())
  assert.deepEqual([unknown.statusCode, unknown.body], [404, '{"message":"Not Found"}'])
  const preflight = await handle(event('OPTIONS', '/a/b'), router())
  assert.deepEqual([preflight.statusCode, preflight.headers['access-control-allow-methods']], [204, '*'])
  const head = await handle(event('HEAD', '/a/b'), router())
  assert.deepEqual([head.statusCode, head.body], [200, ''])
})

test('the allowed origin is left to the gateway', async () => {
  const headers = { 'Access-Control-Allow-Origin': 'https://a.example' }
  const sandbox = sandboxOf(async () => ({ status: 200, body: {}, headers }), new FakeServices(), API)
  const answer = await handle(event('GET', '/a'), sandbox)
  assert.deepEqual([answer.statusCode, answer.body], [200, '{}'])
  assert.ok(!('access-control-allow-origin' in answer.headers))
})

test('any body comes through the Lambda form', () => {
  const bodies = [Buffer.alloc(0), Buffer.from('é\u0000\ufeff'), Buffer.from([0xff, 0xfe]), Buffer.from('\ufefftext')]
  for (const body of [...bodies, ...Array.from({ length: 50 }, (_, size) => randomBytes(size))]) {
    const made = event('POST', '/a', { body: body.toString('base64'), isBase64Encoded: true })
    assert.deepEqual(readEvent(made).body, body)
    for (const kind of ['application/octet-stream', 'text/plain; charset=utf-8', 'application/json']) {
      const written = writeResponse({ status: 200, headers: [['content-type', kind]], body })
      assert.deepEqual(Buffer.from(written.body, written.isBase64Encoded ? 'base64' : 'utf8'), body)
    }
  }
})

test('text comes as text, compressed text as bytes', () => {
  const body = Buffer.from('é')
  const type = ['content-type', 'text/html; charset=utf-8'] as const
  assert.equal(writeResponse({ status: 200, headers: [type], body }).body, 'é')
  const headers = [type, ['content-encoding', 'gzip'] as const]
  assert.equal(writeResponse({ status: 200, headers, body }).isBase64Encoded, true)
})

test('emits that nobody awaited are sent before the answer', async () => {
  const services = new FakeServices()
  const handler = async (_: unknown, ctx: any) => {
    ctx.emit({ topic: 'done', data: 1 })
    return { status: 200 }
  }
  const topics = { done: [{ name: 'Next', id: 'Next', fifo: false }] }
  const sandbox = sandboxOf(handler, services, { ...API, emits: ['done'] }, { topics })
  await handle(event('GET', '/a'), sandbox)
  assert.deepEqual(
    services.published.map(({ topic, data }) => [topic, data]),
    [['done', 1]],
  )
})
