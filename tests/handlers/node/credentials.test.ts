/** Where credentials come from, and when they are renewed. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { CredentialSource, CredentialsError } from '@motia/runtime/aws/credentials.ts'

import { http, serve } from './misbehaving.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SECRET' }

function document(key: string, expires: number): string {
  const Expiration = new Date(expires * 1000).toISOString()
  return JSON.stringify({ AccessKeyId: key, SecretAccessKey: 'SECRET', Token: 'TOKEN', Expiration })
}

function source(url: string, clock: () => number, environ: Record<string, string> = {}): CredentialSource {
  return new CredentialSource({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url, ...environ }, clock, async () => undefined)
}

test('those of a Lambda sandbox are in its environment', async () => {
  const found = await new CredentialSource({ ...KEYS, AWS_SESSION_TOKEN: 'TOKEN' }).get()
  assert.deepEqual([found.accessKey, found.secretKey, found.token, found.expires], ['AK', 'SECRET', 'TOKEN', undefined])
  assert.doesNotMatch(`${inspect(found)} ${JSON.stringify(found)}`, /SECRET|TOKEN/)
})

test('without any the error says what would do', async () => {
  await assert.rejects(new CredentialSource({}).get(), (error: CredentialsError) => {
    assert.equal(error.name, 'CredentialsError')
    assert.equal(error.what, 'there are no AWS credentials')
    return true
  })
})

test('a container asks its endpoint, with its token, once for all who wait', async () => {
  const file = join(tmpdir(), `motia-token-${process.pid}`)
  writeFileSync(file, 'Bearer x')
  const server = await serve(http(200, document('A', 10_000)))
  const made = source(`${server.url}/v1?a=b`, () => 1000, { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file })
  const found = await Promise.all([made.get(), made.get(), made.get()])
  assert.deepEqual(
    found.map((each) => each.accessKey),
    ['A', 'A', 'A'],
  )
  assert.deepEqual(
    server.requests.map(({ target, headers }) => [target, headers['authorization']]),
    [['/v1?a=b', 'Bearer x']],
  )
})

test('they are renewed before they run out; until then a failure to renew does no harm', async () => {
  const [first, second] = [document('A', 10_000), document('B', 20_000)]
  const server = await serve(http(200, first), http(500), http(500), http(500), http(200, second))
  let now = 1000
  const made = source(server.url, () => now)
  assert.equal((await made.get()).accessKey, 'A')
  now = 10_000 - 14 * 60
  assert.equal((await made.get()).accessKey, 'A') // three refusals
  assert.equal((await made.get()).accessKey, 'A') // not asked again so soon
  assert.equal(server.requests.length, 4)
  now += 31
  assert.equal((await made.get()).accessKey, 'B')
})

test('those that have run out are an error when no others can be had', async () => {
  const server = await serve(http(200, document('A', 10_000)), http(500))
  let now = 1000
  const made = source(server.url, () => now)
  await made.get()
  now = 10_001
  await assert.rejects(made.get(), /gave nothing: it answered 500/)
})

const endless = '{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T"}'
for (const body of ['{"AccessKeyId": "SECRET', '{}', '[]', 'null', endless]) {
  test(`${body} is no answer, and is not shown`, async () => {
    const server = await serve(http(200, body))
    await assert.rejects(source(server.url, () => 0).get(), (error: Error) => {
      assert.match(error.message, /did not answer with credentials/)
      assert.doesNotMatch(error.message, /SECRET/)
      return true
    })
  })
}

test('secrets do not travel in the clear, except to the host itself', async () => {
  await assert.rejects(source('http://example.com/x', () => 0).get(), /without TLS/)
  await assert.rejects(source('http://127.0.0.1.example.com/x', () => 0).get(), /without TLS/)
})

test('a token that would break the header is refused', async () => {
  const made = source('http://127.0.0.1:9', () => 0, { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a\r\nb: c' })
  await assert.rejects(made.get(), /line break/)
})
