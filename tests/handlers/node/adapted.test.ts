/** Entry points of a project whose motia.config.ts brings adapters. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readDescriptor } from '@motia/runtime/descriptor.ts'
import { handle as handleCron } from '@motia/runtime/lambda/cron.ts'
import type { Module } from '@motia/runtime/lambda/sandbox.ts'
import { Sandbox } from '@motia/runtime/lambda/sandbox.ts'
import { handle as handleSqs } from '@motia/runtime/lambda/sqs.ts'

import { described, eventOf, FakeServices, linesOf } from './fakes.ts'

const OUTSIDE = { name: '(adapter)', id: '(adapter)', fifo: false }

/** Every method of an event adapter; keeps what is emitted. */
class Events {
  readonly usableOnAws = true
  readonly events: any[] = []
  async emit(event: unknown): Promise<void> {
    this.events.push(event)
  }
  async subscribe(): Promise<void> {}
  async unsubscribe(): Promise<void> {}
  async shutdown(): Promise<void> {}
  async getSubscriptionCount(): Promise<number> {
    return 0
  }
  async listTopics(): Promise<string[]> {
    return []
  }
}

/** Grants every lock once. */
class Cron {
  readonly taken: [string, number][] = []
  async acquireLock(name: string, ttl: number): Promise<object | null> {
    if (this.taken.some(([known]) => known === name)) return null
    this.taken.push([name, ttl])
    return { jobName: name }
  }
  async releaseLock(): Promise<void> {}
  async renewLock(): Promise<boolean> {
    return true
  }
  async isHealthy(): Promise<boolean> {
    return true
  }
  async shutdown(): Promise<void> {}
  async getActiveLocks(): Promise<never[]> {
    return []
  }
}

function sandbox(handler: (...given: any[]) => unknown, type: string, config: Module, adapters: string[]) {
  const step = described({ type, emits: ['done'], subscribes: [] })
  const topics = { done: [{ name: 'Next', id: 'Next', fifo: false }, OUTSIDE] }
  const descriptor = readDescriptor({ steps: [step], topics, streams: [], adapters })
  const services = new FakeServices()
  return { services, made: new Sandbox({ modules: { [step.file]: { handler } }, descriptor, config }, services) }
}

test('events go to the project alone and once', async () => {
  const events = new Events()
  const emit = async (data: any, ctx: any) => ctx.emit({ topic: 'done', data: data.id })
  const { made, services } = sandbox(emit, 'event', { default: { adapters: { events } } }, ['events'])
  assert.deepEqual(await handleSqs(eventOf('sqs_standard'), made), { batchItemFailures: [] })
  assert.deepEqual(
    events.events.map(({ topic, data, traceId }) => [topic, data, traceId]),
    [
      ['done', 1, 'YBQHN-0185054'],
      ['done', 2, 'YBQHN-0185055'],
    ],
  )
  assert.deepEqual(services.published, [])
})

test("the ticks of a cron Step are the project's", async () => {
  const cron = new Cron()
  let runs = 0
  const { made, services } = sandbox(() => void runs++, 'cron', { default: { adapters: { cron } } }, ['cron'])
  assert.equal(await handleCron(eventOf('eventbridge'), made), true)
  assert.equal(await handleCron(eventOf('eventbridge'), made), false)
  assert.deepEqual(cron.taken, [['cron#work#2026-10-08T16:53', 86_400_000]])
  assert.deepEqual([runs, services.locks.size], [1, 0])
})

test('adapters are made once, and again only when that failed', async () => {
  let made = 0
  const config = {
    default: {
      adapters: {
        events: () => {
          made += 1
          if (made === 1) throw new Error('no server')
          return new Events()
        },
      },
    },
  }
  const built = sandbox(() => undefined, 'event', config, ['events'])
  const [record] = await linesOf(async () => {
    assert.equal((await handleSqs(eventOf('sqs_standard'), built.made)).batchItemFailures.length, 2)
  })
  assert.match(String(record?.['msg']), /adapters\.events cannot be made.*no server/)
  for (let turn = 0; turn < 2; turn++) {
    assert.equal((await handleSqs(eventOf('sqs_standard'), built.made)).batchItemFailures.length, 0)
  }
  assert.equal(made, 2)
})
