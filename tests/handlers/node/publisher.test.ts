/** Events to SQS: in which batches they travel, and what an emitter learns. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'

import type { AwsBackend } from '@motia/runtime/aws/sandbox.ts'
import { openBackend } from '@motia/runtime/aws/sandbox.ts'
import { MAX_BYTES } from '@motia/runtime/aws/sqs.ts'
import type { Message } from '@motia/runtime/backend.ts'

interface Call {
  readonly operation: string
  readonly body: any
}

/** The entries of one SendMessageBatch, to an answer of SQS. */
type Sqs = (entries: any[], call: number) => object

const accept: Sqs = (entries) => ({ Successful: entries.map(({ Id }) => ({ Id })) })

/** A backend on a stub of SQS and S3, and what it was asked. */
async function backendOn(sqs: Sqs = accept, environ: Record<string, string> = {}) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const operation = String(request.headers['x-amz-target'] ?? `s3.${request.method}`).split('.')[1] ?? ''
    const text = Buffer.concat(parts).toString()
    calls.push({ operation, body: operation === 'PUT' ? request.url : JSON.parse(text) })
    const { body } = calls.at(-1)!
    const answers: Record<string, () => object> = {
      GetQueueUrl: () => ({ QueueUrl: `http://q/${body.QueueName}` }),
      SendMessage: () => ({ MessageId: 'm' }),
      SendMessageBatch: () => sqs(body.Entries, calls.filter((call) => call.operation === operation).length),
      PUT: () => ({}),
    }
    response.end(JSON.stringify(answers[operation]?.()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const backend: AwsBackend = openBackend({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MOTIA_PREFIX: 'p',
    MOTIA_BUCKET: 'b',
    MOTIA_STATE_TABLE: 's',
    MOTIA_STREAM_TABLE: 't',
    MOTIA_LOCK_TABLE: 'l',
    ...environ,
  })
  const sent = () => calls.filter((call) => call.operation.startsWith('SendMessage'))
  return { events: backend.events, calls, sent }
}

function message(data: unknown, name = 'Work', fifo = false, groupId?: string): Message {
  const subscriber = { name, id: name, fifo }
  return { subscriber, topic: 'a', data, traceId: 'T', flows: [], groupId, dedupId: '' }
}

test('what is emitted in one turn travels together, and queue URLs are asked for once', async () => {
  const { events, calls, sent } = await backendOn()
  await Promise.all(Array.from({ length: 23 }, (_, n) => events.publish([message(n)])))
  await events.publish([message(23)])
  assert.deepEqual(
    sent()
      .map((call) => call.body.Entries?.length ?? 1)
      .sort((one, other) => one - other),
    [1, 3, 10, 10],
  )
  assert.equal(calls.filter((call) => call.operation === 'GetQueueUrl').length, 1)
})

test('what is emitted one after another travels alone', async () => {
  const { events, sent } = await backendOn()
  for (let n = 0; n < 3; n++) await events.publish([message(n)])
  assert.deepEqual(
    sent().map((call) => call.operation),
    ['SendMessage', 'SendMessage', 'SendMessage'],
  )
})

test('on AWS queue URLs are built and not asked for', async () => {
  const found = await backendOn()
  const url = `http://127.0.0.1:1`
  const base = 'https://sqs.eu-central-1.amazonaws.com/1/'
  const backend = openBackend({
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: url,
    AWS_ENDPOINT_URL_DYNAMODB: url,
    MOTIA_QUEUE_BASE: base,
    MOTIA_PREFIX: 'p',
    MOTIA_BUCKET: 'b',
    MOTIA_STATE_TABLE: 's',
    MOTIA_STREAM_TABLE: 't',
    MOTIA_LOCK_TABLE: 'l',
  })
  assert.equal(await backend.queues.url('p_Work'), `${base}p_Work`)
  assert.deepEqual(found.calls, [])
})

test('an event of exactly the limit goes to SQS, a larger one to S3', async () => {
  const { events, calls, sent } = await backendOn()
  const room = MAX_BYTES - JSON.stringify({ topic: 'a', data: '', traceId: 'T', flows: [] }).length
  await events.publish([message('x'.repeat(room))])
  assert.equal(calls.filter((call) => call.operation === 'PUT').length, 0)
  await events.publish([message('x'.repeat(room + 1)), message('x'.repeat(room + 1), 'Other')])
  const bodies = sent().map((call) => JSON.parse(call.body.MessageBody))
  assert.deepEqual(
    bodies.map((body) => 's3' in body),
    [false, true, true],
  )
  assert.deepEqual(Object.keys(bodies[1].s3), ['bucket', 'key'])
})

test('entries that SQS could not take for the moment are sent again, and those alone', async () => {
  const busy: Sqs = (entries, call) => {
    const Failed = call === 1 ? [{ Id: '1', Code: 'InternalError', SenderFault: false }] : []
    return { Successful: entries.filter(({ Id }) => !Failed.some((item) => item.Id === Id)), Failed }
  }
  const { events, sent } = await backendOn(busy)
  await events.publish([message(0), message(1), message(2)])
  assert.deepEqual(
    sent().map((call) => call.body.Entries.map((entry: any) => JSON.parse(entry.MessageBody).data)),
    [[0, 1, 2], [1]],
  )
})

test('an entry that SQS refuses is an error with event and Step, and the others are sent', async () => {
  const refuse: Sqs = (entries) => ({
    Successful: entries.slice(1),
    Failed: [{ Id: '0', Code: 'InvalidMessageContents', Message: 'odd', SenderFault: true }],
  })
  const { events, sent } = await backendOn(refuse)
  const results = await Promise.allSettled([events.publish([message(0)]), events.publish([message(1)])])
  assert.equal(results[1]?.status, 'fulfilled')
  const reason = (results[0] as PromiseRejectedResult).reason as Error
  assert.equal(reason.name, 'EmitError')
  assert.match(
    reason.message,
    /^event 'a' was not sent to Step 'Work': SendMessageBatch failed with InvalidMessageContents for p_Work: odd$/,
  )
  assert.equal(sent().length, 1)
})

test('two equal events are two, a repeated one is one', async () => {
  const { events, sent } = await backendOn()
  const repeated = { ...message('same', 'Ordered', true, 'g'), dedupId: 'emit-1' }
  for (const one of [repeated, repeated, message('same', 'Ordered', true, 'g'), message('same', 'Ordered', true, 'g')]) {
    await events.publish([one])
  }
  const ids = sent().map((call) => call.body.MessageDeduplicationId)
  assert.deepEqual([ids.slice(0, 2), new Set(ids).size], [['emit-1', 'emit-1'], 3])
})

test('nothing to publish is nothing', async () => {
  const { events, calls } = await backendOn()
  await events.publish([])
  assert.deepEqual(calls, [])
})
