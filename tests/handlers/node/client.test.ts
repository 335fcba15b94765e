/** Retries, corrections and errors of one service. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'

import type { ClientOptions } from '@motia/runtime/aws/client.ts'
import { AwsClient, backoff } from '@motia/runtime/aws/client.ts'
import { AwsError } from '@motia/runtime/errors.ts'

import type { Misbehaving, Reply } from './misbehaving.ts'
import { http, serve } from './misbehaving.ts'

const ENVIRON = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' }
const OK = '{"ok":true}'

/** A client of a server, and what it waited. */
function clientTo(server: { url: string }, options: ClientOptions = {}) {
  const waits: number[] = []
  const pause = async (seconds: number): Promise<void> => void waits.push(seconds)
  const client = new AwsClient('dynamodb', { endpoint: server.url, environ: ENVIRON, pause, ...options })
  return { client, waits, get: () => client.call('GetItem', {}) }
}

function refusal(code: string, message = 'm'): string {
  return JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message })
}

async function refused(work: Promise<unknown>): Promise<AwsError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error))
    return error
  }
  return assert.fail('it was not refused')
}

test('sends JSON 1.0 to the operation', async () => {
  const server = await serve(http(200, OK))
  const { client } = clientTo(server)
  assert.deepEqual(await client.call('GetItem', { TableName: 't', é: 'ü', none: undefined }), { ok: true })
  const sent = server.requests[0]
  assert.deepEqual([sent?.method, sent?.target], ['POST', '/'])
  assert.equal(sent?.headers['content-type'], 'application/x-amz-json-1.0')
  assert.equal(sent?.headers['x-amz-target'], 'DynamoDB_20120810.GetItem')
  assert.equal(sent?.body, '{"TableName":"t","é":"ü"}')
})

for (const [status, code] of [
  [400, 'ThrottlingException'],
  [400, 'ProvisionedThroughputExceededException'],
  [500, 'InternalServerError'],
  [503, 'ServiceUnavailable'],
  [429, 'Anything'],
] as const) {
  test(`${status} ${code} is tried again`, async () => {
    const server = await serve(http(status, refusal(code)), http(200, OK))
    const { get, waits } = clientTo(server)
    assert.deepEqual(await get(), { ok: true })
    assert.equal(waits.length, 1)
  })
}

test('five attempts, then the error with all that AWS said', async () => {
  const server = await serve(http(400, refusal('ThrottlingException', 'Rate exceeded'), { 'x-amzn-RequestId': 'R1' }))
  const { get, waits } = clientTo(server)
  const error = await refused(get())
  assert.match(error.what, /^GetItem failed with ThrottlingException: Rate exceeded \(5 attempts\)$/)
  assert.deepEqual(
    [error.service, error.code, error.status, error.requestId],
    ['dynamodb', 'ThrottlingException', 400, 'R1'],
  )
  assert.deepEqual([server.requests.length, waits.length], [5, 4])
})

test('waits are random below a doubling bound', () => {
  for (let attempt = 1; attempt <= 10; attempt++) {
    for (const [slowDown, base, most] of [
      [true, 0.5, 8],
      [false, 0.1, 2],
    ] as const) {
      const wait = backoff(attempt, slowDown)
      assert.ok(wait >= 0 && wait <= Math.min(most, base * 2 ** (attempt - 1)))
    }
  }
})

for (const code of ['ValidationException', 'ConditionalCheckFailedException', 'AccessDeniedException']) {
  test(`${code} is final`, async () => {
    const server = await serve(http(400, refusal(code)))
    assert.equal((await refused(clientTo(server).get())).code, code)
    assert.equal(server.requests.length, 1)
  })
}

test('broken connections are tried again', async () => {
  const server = await serve(
    { then: 'close' },
    { then: 'reset' },
    { parts: ['HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{'], then: 'close' },
    { parts: ['garbage\r\n\r\n'], then: 'close' },
    http(200, OK),
  )
  assert.deepEqual(await clientTo(server).get(), { ok: true })
})

test('a connection that stays broken is an error without status', async () => {
  const server = await serve({ then: 'close' })
  const lost = await refused(clientTo(server).get())
  assert.deepEqual([lost.code, lost.status, server.requests.length], ['ConnectionClosed', 0, 5])
})

test('timeouts are tried again', async () => {
  const server = await serve({ then: 'stall' }, http(200, OK))
  assert.deepEqual(await clientTo(server, { readTimeoutS: 0.1 }).get(), { ok: true })
})

test('an emulator that is not there says so', async () => {
  const lost = await refused(clientTo({ url: 'http://127.0.0.1:9' }).get())
  assert.equal(lost.code, 'ConnectionError')
  assert.match(lost.message, /\(5 attempts\); in dynamodb; start the emulator, or correct AWS_ENDPOINT_URL$/)
})

test('a wrong checksum is tried again', async () => {
  const right = String(crc32(OK))
  const server = await serve(http(200, OK, { 'x-amz-crc32': '1' }), http(200, OK, { 'x-amz-crc32': right }))
  assert.deepEqual(await clientTo(server).get(), { ok: true })
  assert.equal(server.requests.length, 2)
})

for (const code of ['InvalidSignatureException', 'RequestTimeTooSkewed', 'RequestExpired']) {
  test(`a wrong clock is corrected once for all calls after ${code}`, async () => {
    const time = 1_800_000_000
    const date = new Date(time * 1000).toUTCString()
    const server = await serve(http(403, refusal(code), { Date: date }), http(200, OK))
    const { client, waits } = clientTo(server, { clock: () => time - 3600 })
    await client.call('GetItem', {})
    await client.call('GetItem', {})
    const stamps = server.requests.map((request) => request.headers['x-amz-date'])
    assert.deepEqual(stamps.slice(1), ['20270115T080000Z', '20270115T080000Z'])
    assert.deepEqual(waits, [])
  })
}

test('a bad signature with a right clock is final and keeps its secrets', async () => {
  const said = "The Canonical String should have been 'POST\nx-amz-security-token:TOPSECRETTOKEN' with AKIDEXAMPLE"
  const headers = { Date: new Date().toUTCString() }
  const server = await serve(http(403, refusal('SignatureDoesNotMatch', said + 'x'.repeat(5000)), headers))
  const environ = { ...ENVIRON, AWS_SESSION_TOKEN: 'TOPSECRETTOKEN' }
  const error = await refused(clientTo(server, { environ }).get())
  assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /TOPSECRETTOKEN|AKIDEXAMPLE/)
  assert.ok(error.what.length < 1500)
  assert.equal(server.requests.length, 1)
})

test('expired credentials are fetched anew', async () => {
  const document = (key: string): string =>
    JSON.stringify({ AccessKeyId: key, SecretAccessKey: 's', Token: key, Expiration: '2099-01-01T00:00:00Z' })
  const endpoint = await serve(http(200, document('OLD')), http(200, document('NEW')))
  const server = await serve(http(400, refusal('ExpiredTokenException')), http(200, OK))
  const environ = { AWS_REGION: 'a-1', AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url }
  assert.deepEqual(await clientTo(server, { environ }).get(), { ok: true })
  assert.deepEqual(
    server.requests.map((request) => request.headers['authorization']?.includes('OLD')),
    [true, false],
  )
})

const shapes: readonly [string, Record<string, string>, string, string][] = [
  ['{"__type":"a#NoSuch","Message":"gone"}', {}, 'NoSuch', 'gone'],
  ['{"code":"NoSuch:http://x/","message":"gone"}', {}, 'NoSuch', 'gone'],
  ['{"message":"gone"}', { 'x-amzn-ErrorType': 'NoSuch:http://x/' }, 'NoSuch', 'gone'],
  ['<?xml?><Error><Code>NoSuchKey</Code><Message>a &amp;lt; b</Message></Error>', {}, 'NoSuchKey', 'a &lt; b'],
  ['<html>Bad</html>', {}, '418', ''],
  ['{broken', {}, '418', ''],
  ['', {}, '418', ''],
  ['[1]', {}, '418', ''],
]
for (const [body, headers, code, message] of shapes) {
  test(`reads the error ${JSON.stringify(body)}`, async () => {
    const error = await refused(clientTo(await serve(http(418, body, headers))).get())
    assert.equal(error.code, code)
    assert.ok(error.what.includes(message))
  })
}

test('half a surrogate pair is sent as an escape', async () => {
  const server: Misbehaving = await serve(http(200, OK) satisfies Reply)
  await clientTo(server).client.call('GetItem', { a: '\ud800é' })
  assert.equal(server.requests[0]?.body, '{"a":"\\ud800é"}')
})
