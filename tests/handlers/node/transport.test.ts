/** One host: connections that are kept, that are dead, that never answer; and what each failure is called. */

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import { TransportError } from '@motia/runtime/aws/response.ts'
import type { PoolOptions } from '@motia/runtime/aws/transport.ts'
import { HttpPool } from '@motia/runtime/aws/transport.ts'

import type { Reply } from './misbehaving.ts'
import { http, serve } from './misbehaving.ts'

function pool(server: { port: number }, options: Partial<PoolOptions> = {}): HttpPool {
  return new HttpPool({ host: '127.0.0.1', port: server.port, tls: false, ...options })
}

function ask(made: HttpPool, idempotent = true, body = '{}') {
  const headers = { host: made.hostHeader }
  return made.request({ method: 'POST', target: '/a?b=c', headers, body: Buffer.from(body), idempotent })
}

async function failure(made: HttpPool, idempotent = false, body = '{}'): Promise<TransportError> {
  try {
    await ask(made, idempotent, body)
  } catch (error) {
    assert.ok(error instanceof TransportError)
    return error
  }
  return assert.fail('it did not fail')
}

test('sends what it is given and gives what comes', async () => {
  const server = await serve(http(418, 'é', { 'X-Many': '1', 'x-many': '2', Date: 'now' }))
  const response = await ask(pool(server))
  assert.equal(response.status, 418)
  assert.equal(response.body.toString('latin1'), 'é')
  assert.equal(response.headers['date'], 'now')
  const [sent] = server.requests
  assert.deepEqual([sent?.method, sent?.target, sent?.body], ['POST', '/a?b=c', '{}'])
  assert.deepEqual([sent?.headers['host'], sent?.headers['content-length']], [`127.0.0.1:${server.port}`, '2'])
})

test('a connection carries one request after another', async () => {
  const server = await serve(http(200, 'a'))
  const made = pool(server)
  for (let turn = 0; turn < 5; turn++) await ask(made)
  assert.equal(server.connections, 1)
})

test('requests made at once have connections of their own', async () => {
  const server = await serve(http(200, 'a'))
  const made = pool(server)
  await Promise.all([ask(made), ask(made), ask(made)])
  assert.equal(server.connections, 3)
  await Promise.all([ask(made), ask(made), ask(made)])
  assert.equal(server.connections, 3)
})

test('a kept connection that the other side has ended is not used', async () => {
  const server = await serve(http(200, 'a'))
  const made = pool(server)
  await ask(made)
  await server.endConnections()
  await ask(made, false)
  assert.equal(server.connections, 2)
})

test('a kept connection that dies under a request is replaced at once if that does no harm', async () => {
  const dead: Reply = { then: 'reset' }
  const server = await serve(http(200, 'a'), dead, http(200, 'b'), dead)
  const made = pool(server)
  await ask(made)
  assert.equal((await ask(made)).body.toString(), 'b')
  assert.equal((await failure(made, false)).kind, 'closed')
})

test('a connection that was idle for a minute is not trusted', async () => {
  const server = await serve(http(200, 'a'))
  const made = pool(server)
  const clock = mock.method(Date, 'now')
  const now = Date.now()
  try {
    await ask(made)
    clock.mock.mockImplementation(() => now + 50_000)
    await ask(made)
    assert.equal(server.connections, 1)
    clock.mock.mockImplementation(() => now + 120_000)
    await ask(made)
    assert.equal(server.connections, 2)
  } finally {
    clock.mock.restore()
  }
})

const half = 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{'
const endings: readonly [string, Reply, string, boolean][] = [
  ['an end without an answer', { then: 'close' }, 'closed', true],
  ['a reset without an answer', { then: 'reset' }, 'closed', true],
  ['an end inside the body', { parts: [half], then: 'close' }, 'closed', false],
  ['a reset inside the body', { parts: [half], then: 'reset' }, 'closed', false],
  ['no HTTP at all', { parts: ['garbage\r\n\r\n'], then: 'close' }, 'protocol', true],
  ['no answer in time', { then: 'stall' }, 'timeout', true],
  ['an answer that stops', { parts: [half], then: 'stall' }, 'timeout', false],
  ['a head that never ends', { parts: ['HTTP/1.1 200 OK\r\n', `X: ${'y'.repeat(70_000)}\r\n`] }, 'protocol', true],
]

for (const [name, reply, kind, nothing] of endings) {
  test(`${name} is called ${kind}`, async () => {
    const server = await serve(reply)
    const lost = await failure(pool(server, { readTimeoutS: 0.2 }))
    assert.deepEqual([lost.kind, lost.nothingReceived, lost.retryable], [kind, nothing, true])
  })
}

test('an answer that is larger than allowed is refused', async () => {
  const server = await serve(http(200, 'x'.repeat(2000)))
  const lost = await failure(pool(server, { maxBody: 1000 }))
  assert.deepEqual([lost.kind, lost.retryable], ['too-large', false])
})

test('a large body is sent whole', async () => {
  const server = await serve(http(200, 'a'))
  const body = 'ab'.repeat(700_000)
  await ask(pool(server), true, body)
  assert.equal(server.requests[0]?.body, body)
})

test('a host that is not there is called connect', async () => {
  const lost = await failure(pool({ port: 9 }))
  assert.equal(lost.kind, 'connect')
  assert.match(lost.what, /^cannot connect to 127\.0\.0\.1:9: /)
})

test('nothing goes on the wire that would end a header', async () => {
  const server = await serve(http(200))
  const made = pool(server)
  const send = (target: string, value: string) => made.request({ method: 'GET', target, headers: { host: value } })
  await assert.rejects(send('/a b', 'h'), TypeError)
  await assert.rejects(send('/a', 'h\r\nx: y'), TypeError)
  assert.equal(server.requests.length, 0)
})
