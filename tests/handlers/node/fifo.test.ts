/** No message overtakes another of its group, whatever fails. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FifoLane } from '@motia/runtime/aws/fifo.ts'
import { Outgoing } from '@motia/runtime/aws/outgoing.ts'
import { batches } from '@motia/runtime/aws/publisher.ts'
import { Entry, MAX_BYTES } from '@motia/runtime/aws/sqs.ts'
import { AwsError, EmitError } from '@motia/runtime/errors.ts'

const PASSING = new AwsError('busy', { service: 'sqs', code: 'InternalError', status: 500 })
const FINAL = new AwsError('bad', { service: 'sqs', code: 'InvalidMessageContents', status: 400 })

type Verdict = true | AwsError | undefined

/** Accepts what `fate` lets pass: for every entry of every call true, or an error; undefined fails the call. */
class Queue {
  readonly accepted: string[] = []
  readonly calls: string[][] = []
  readonly #fate: () => Verdict

  constructor(fate: () => Verdict = () => true) {
    this.#fate = fate
  }

  readonly send = async (batch: readonly Outgoing[]) => {
    await null
    this.calls.push(batch.map((item) => item.entry.body))
    const failed = new Map<number, AwsError>()
    for (const [index, item] of batch.entries()) {
      const verdict = this.#fate()
      if (verdict === undefined) throw PASSING
      if (verdict === true) this.accepted.push(item.entry.body)
      else failed.set(index, verdict)
    }
    return failed
  }
}

function message(body: string, group: string): Outgoing {
  return new Outgoing(new Entry(body, { groupId: group, dedupId: body }))
}

async function deliver(queue: Queue, messages: readonly (readonly [string, string])[]): Promise<unknown[]> {
  const lane = new FifoLane(queue.send, async () => undefined)
  const outgoing = messages.map(([body, group]) => message(body, group))
  for (const item of outgoing) lane.add(item)
  const [results] = await Promise.all([Promise.allSettled(outgoing.map((item) => item.done)), lane.drain()])
  return results.map((result) => (result.status === 'rejected' ? result.reason : undefined))
}

function inTurn(...verdicts: Verdict[]): () => Verdict {
  return () => (verdicts.length ? verdicts.shift() : true)
}

test('a batch holds one message of a group', async () => {
  const queue = new Queue()
  await deliver(
    queue,
    [0, 1, 2].flatMap((n) => ['a', 'b', 'c'].map((group) => [`${group}${n}`, group] as const)),
  )
  assert.deepEqual(queue.calls, [
    ['a0', 'b0', 'c0'],
    ['a1', 'b1', 'c1'],
    ['a2', 'b2', 'c2'],
  ])
})

test('many groups share batches of ten and none starves', async () => {
  const queue = new Queue()
  const groups = Array.from({ length: 25 }, (_, group) => String(group))
  await deliver(
    queue,
    groups.flatMap((group) => [0, 1].map((n) => [`${group}-${n}`, group] as const)),
  )
  assert.equal(Math.max(...queue.calls.map((call) => call.length)), 10)
  assert.equal(queue.calls.length, 5)
  assert.equal(
    new Set(
      queue.calls
        .slice(0, 3)
        .flat()
        .map((body) => body.split('-')[0]),
    ).size,
    25,
  )
})

test('a batch keeps to the size limit', async () => {
  const queue = new Queue()
  const big = 'x'.repeat(MAX_BYTES / 2 - 1)
  await deliver(
    queue,
    [0, 1, 2, 3, 4].map((n) => [`${n}${big}`, `g${n}`] as const),
  )
  assert.deepEqual(
    queue.calls.map((call) => call.length),
    [2, 2, 1],
  )
})

test('a passing failure holds back its group only', async () => {
  const queue = new Queue(inTurn(PASSING))
  const results = await deliver(queue, [
    ['a0', 'a'],
    ['a1', 'a'],
    ['b0', 'b'],
    ['b1', 'b'],
  ])
  assert.deepEqual(results, [undefined, undefined, undefined, undefined])
  assert.deepEqual(queue.calls, [['a0', 'b0'], ['a0', 'b1'], ['a1']])
})

test('a final failure takes the rest of its group with it', async () => {
  const queue = new Queue(inTurn(FINAL))
  const results = await deliver(queue, [
    ['a0', 'a'],
    ['a1', 'a'],
    ['b0', 'b'],
    ['b1', 'b'],
  ])
  assert.equal(results[0], FINAL)
  assert.ok(results[1] instanceof EmitError)
  assert.match(results[1].what, /earlier event of message group 'a'/)
  assert.deepEqual(
    [results.slice(2), queue.accepted],
    [
      [undefined, undefined],
      ['b0', 'b1'],
    ],
  )
})

test('five failures of one message are final', async () => {
  const queue = new Queue(() => PASSING)
  assert.deepEqual(await deliver(queue, [['a0', 'a']]), [PASSING])
  assert.equal(queue.calls.length, 5)
})

test('messages added while others travel wait their turn', async () => {
  const queue = new Queue()
  const lane = new FifoLane(queue.send, async () => undefined)
  lane.add(message('a0', 'a'))
  const draining = lane.drain()
  lane.add(message('a1', 'a'))
  await lane.drain() // another is at it already
  await draining
  assert.deepEqual(queue.calls, [['a0'], ['a1']])
})

test('order holds under any failures', async () => {
  for (let round = 0; round < 200; round++) {
    const fate = (): Verdict => {
      const chance = Math.random()
      return chance < 0.8 ? true : chance < 0.95 ? PASSING : chance < 0.98 ? FINAL : undefined
    }
    const queue = new Queue(fate)
    const groups = Array.from({ length: 40 }, () => 'abcdefghijklm'.charAt(Math.floor(Math.random() * 13)))
    const messages = groups.map((group, index) => [`${group}${index}`, group] as const)
    await deliver(queue, messages)
    for (const group of new Set(groups)) {
      const expected = messages.filter(([, of]) => of === group).map(([body]) => body)
      const accepted = queue.accepted.filter((body) => body.startsWith(group))
      assert.deepEqual(accepted, expected.slice(0, accepted.length), 'in order, without a gap')
    }
  }
})

test('batches of a standard queue hold ten messages and 1 MiB', () => {
  const sized = (sizes: number[]): number[] => {
    const messages = sizes.map((size) => message('x'.repeat(size), 'g'))
    return batches(messages).map((some) => some.length)
  }
  assert.deepEqual(sized(Array.from({ length: 23 }, () => 1)), [10, 10, 3])
  assert.deepEqual(sized([MAX_BYTES, 1, MAX_BYTES / 2, MAX_BYTES / 2]), [1, 2, 1])
})
