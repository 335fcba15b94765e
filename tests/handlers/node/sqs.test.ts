/** Event Steps behind SQS: whole batches in, the messages to be tried again out. */

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'

import type { Sandbox } from '@motia/runtime/lambda/sandbox.ts'
import type { SqsEvent, SqsRecord } from '@motia/runtime/lambda/sqs.ts'
import { handle } from '@motia/runtime/lambda/sqs.ts'

import { eventOf, FakeServices, linesOf, sandboxOf } from './fakes.ts'

const [FIRST, SECOND] = ['059f36b4-87a3-44ab-83d2-661975830a7d', '2e1424d4-f796-459a-8184-9c92662be6da'] as const
const keep = async (data: any, ctx: any) => {
  await ctx.state.set('seen', String(data.id), [data, ctx.traceId, ctx.flows])
}
const fail = () => {
  throw new RangeError('not today')
}

afterEach(() => {
  delete process.env['MOTIA_RETRY_DELAY_S']
})

async function call(sandbox: Sandbox, event: SqsEvent): Promise<string[]> {
  const answer = await handle(event, sandbox)
  assert.deepEqual(Object.keys(answer), ['batchItemFailures'])
  return answer.batchItemFailures.map((item) => item.itemIdentifier)
}

function batch(): SqsEvent {
  return eventOf<SqsEvent>('sqs_standard')
}

/** The batch with other bodies. */
function withBodies(...bodies: string[]): SqsEvent {
  return { Records: batch().Records.map((record, index) => ({ ...record, body: bodies[index] ?? record.body })) }
}

/** A FIFO batch of (group, number) messages, whose ids are "group-number". */
function fifo(...messages: (readonly [string, number])[]): SqsEvent {
  const [template] = eventOf<{ Records: [SqsRecord] }>('sqs_fifo').Records
  const Records = messages.map(([group, n]) => ({
    ...template,
    messageId: `${group}-${n}`,
    receiptHandle: `${group}-${n}`,
    attributes: { ...template.attributes, MessageGroupId: group },
    body: JSON.stringify({ topic: 'order.paid', data: { group, n }, traceId: 'T', flows: [] }),
  }))
  return { Records }
}

test('every message is handled with its own trace', async () => {
  const services = new FakeServices()
  assert.deepEqual(await call(sandboxOf(keep, services), batch()), [])
  assert.deepEqual(services.value('seen', '1'), [{ id: 1 }, 'YBQHN-0185054', []])
  assert.deepEqual(services.value('seen', '2'), [{ id: 2 }, 'YBQHN-0185055', []])
  assert.deepEqual(services.madeVisible, [])
})

test('a failed message goes back alone and soon', async () => {
  const services = new FakeServices()
  const handler = async (data: any) => (data.id === 2 ? fail() : undefined)
  assert.deepEqual(await call(sandboxOf(handler, services), batch()), [SECOND])
  assert.deepEqual(services.madeVisible, [['shop_dev_v1_work', 'AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq', 2]])
  const [record] = services.errors as any[]
  assert.deepEqual([record.msg, record.attempt, record.traceId], ['Attempt 3 failed', 3, 'YBQHN-0185055'])
  assert.deepEqual([record.error.name, record.error.message], ['RangeError', 'not today'])
  assert.equal(record.messageId, SECOND)
})

test('the wait before a retry is set by the environment', async () => {
  process.env['MOTIA_RETRY_DELAY_S'] = '7'
  const services = new FakeServices()
  await call(sandboxOf(fail, services), batch())
  assert.deepEqual(
    services.madeVisible.map(([, , seconds]) => seconds),
    [7, 7],
  )
})

test('a wait that cannot be set is logged and the message still goes back', async () => {
  const services = new FakeServices()
  services.visibilityError = new Error('no')
  assert.equal((await call(sandboxOf(fail, services), batch())).length, 2)
  assert.ok(services.errors.some((record) => String(record['msg']).includes('visibility timeout')))
})

test('messages of a standard queue run at the same time', async () => {
  let here = 0
  let both: () => void = () => assert.fail()
  const met = new Promise<void>((resolve) => (both = resolve))
  const handler = async () => {
    here += 1
    if (here === 2) both()
    await met
  }
  assert.deepEqual(await call(sandboxOf(handler, new FakeServices()), batch()), [])
})

test('a FIFO group runs in order and stops at its first failure', async () => {
  const services = new FakeServices()
  const order: Record<string, number[]> = {}
  const handler = async ({ group, n }: any) => {
    await null
    order[group] = [...(order[group] ?? []), n]
    if (group === 'a' && n === 2) fail()
  }
  const messages = fifo(['a', 1], ['b', 1], ['a', 2], ['b', 2], ['a', 3], ['b', 3], ['a', 4])
  assert.deepEqual(await call(sandboxOf(handler, services), messages), ['a-2', 'a-3', 'a-4'])
  assert.deepEqual(order, { a: [1, 2], b: [1, 2, 3] })
  assert.equal(services.errors.length, 1)
  assert.deepEqual(
    services.madeVisible.map(([, handle]) => handle),
    ['a-2', 'a-3', 'a-4'],
  )
})

for (const [body, what] of [
  ['not json', 'the message is not JSON'],
  ['[1]', 'the message is not an emitted event'],
  ['null', 'the message is not an emitted event'],
  ['{"id": 1}', 'the message is not an emitted event'],
] as const) {
  test(`${body} was emitted by nobody: a failed attempt`, async () => {
    const services = new FakeServices()
    assert.deepEqual(await call(sandboxOf(keep, services), withBodies(body)), [FIRST])
    const [record] = services.errors as any[]
    assert.ok(record.error.message.startsWith(what))
    assert.equal(record.error.name, 'EnvelopeError')
    assert.deepEqual(services.value('seen', '2'), [{ id: 2 }, 'YBQHN-0185055', []])
  })
}

test('a large event is fetched', async () => {
  const services = new FakeServices()
  services.stored.set('bucket/payloads/1', Buffer.from('{"id":1,"text":"é"}'))
  const large = (key: string) => JSON.stringify({ topic: 'a', traceId: 'T', flows: [], s3: { bucket: 'bucket', key } })
  const event = withBodies(large('payloads/1'), large('payloads/missing'))
  assert.deepEqual(await call(sandboxOf(keep, services), event), [SECOND])
  assert.deepEqual((services.value('seen', '1') as unknown[])[0], { id: 1, text: 'é' })
})

test('a Step that cannot be imported fails every message', async () => {
  const services = new FakeServices()
  const load = async () => {
    throw new SyntaxError('odd')
  }
  const sandbox = sandboxOf({ load }, services)
  const [record] = await linesOf(async () => assert.equal((await call(sandbox, batch())).length, 2))
  assert.equal(record?.['msg'], 'the Step cannot be imported: SyntaxError: odd')
  assert.equal(services.madeVisible.length, 2)
})

test('a Step without a handler is one that cannot be imported', async () => {
  const sandbox = sandboxOf({ load: { config: {} } }, new FakeServices())
  const [record] = await linesOf(async () => assert.equal((await call(sandbox, batch())).length, 2))
  assert.equal(record?.['msg'], "the Step 'Work' has no handler")
})

test('an event without a trace gets one, one without data null', async () => {
  const services = new FakeServices()
  const handler = async (data: unknown, ctx: any) => ctx.state.set('seen', 'it', [data, ctx.traceId.length])
  await call(sandboxOf(handler, services), withBodies('{"topic": "a"}'))
  assert.deepEqual(services.value('seen', 'it'), [{ id: 2 }, 13])
  await call(sandboxOf(handler, services), withBodies('{"topic": "a"}', '{"topic": "a"}'))
  assert.deepEqual(services.value('seen', 'it'), [null, 13])
})
