/** Which host answers for a service. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseEndpoint, regionOf, resolveEndpoint } from '@motia/runtime/aws/endpoints.ts'
import { CloudError } from '@motia/runtime/errors.ts'

test('AWS itself, by partition', () => {
  assert.equal(resolveEndpoint('sqs', 'eu-west-1', {}).host, 'sqs.eu-west-1.amazonaws.com')
  assert.equal(resolveEndpoint('sqs', 'cn-north-1', {}).host, 'sqs.cn-north-1.amazonaws.com.cn')
  assert.equal(resolveEndpoint('s3', 'us-gov-west-1', {}).custom, false)
})

test('what the environment says goes first, the variable of the service before that for all', () => {
  const environ = { AWS_ENDPOINT_URL: 'http://localhost:4566/', AWS_ENDPOINT_URL_SQS: 'https://q.example/base/' }
  const sqs = resolveEndpoint('sqs', 'eu-west-1', environ)
  assert.deepEqual(sqs, { host: 'q.example', port: 443, tls: true, path: '/base', custom: true })
  const s3 = resolveEndpoint('s3', 'eu-west-1', environ)
  assert.deepEqual(s3, { host: 'localhost', port: 4566, tls: false, path: '', custom: true })
  const ignored = { ...environ, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'True' }
  assert.equal(resolveEndpoint('s3', 'eu-west-1', ignored).custom, false)
})

for (const [url, host, port] of [
  ['http://[::1]:8000', '::1', 8000],
  ['HTTPS://Example.COM', 'example.com', 443],
  [' http://a ', 'a', 80],
] as const) {
  test(`${url} is an endpoint`, () => {
    const found = parseEndpoint(url)
    assert.deepEqual([found.host, found.port], [host, port])
  })
}

for (const url of [
  '',
  'localhost:4566',
  'ftp://a',
  'http://',
  'http://a:0',
  'http://a:99999',
  'http://a:x',
  'http://u:SECRET@a',
  'http://a b',
  'http://a\\b',
  'http://a?x',
  'http://[::1',
  'http://ä',
]) {
  test(`${JSON.stringify(url)} is none`, () => {
    assert.throws(
      () => parseEndpoint(url),
      (error: CloudError) => {
        assert.ok(error instanceof CloudError)
        assert.doesNotMatch(error.message, /SECRET/)
        return true
      },
    )
  })
}

test('the region is needed, and is one', () => {
  assert.equal(regionOf({ AWS_REGION: 'eu-west-1' }), 'eu-west-1')
  assert.equal(regionOf({ AWS_DEFAULT_REGION: 'eu-west-1' }), 'eu-west-1')
  assert.throws(() => regionOf({}), /there is no AWS region/)
  assert.throws(() => regionOf({ AWS_REGION: 'a.evil.example/' }), /is not an AWS region/)
})
