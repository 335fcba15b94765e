/** Cron Steps behind EventBridge: each tick runs once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { CronEvent } from '@motia/runtime/lambda/cron.ts'
import { handle, lockName } from '@motia/runtime/lambda/cron.ts'

import { eventOf, FakeServices, linesOf, sandboxOf } from './fakes.ts'

const CRON = { type: 'cron' }

function tick(time: string): CronEvent {
  return { ...eventOf<CronEvent>('eventbridge'), time }
}

test('a tick delivered twice runs once', async () => {
  const traces: string[] = []
  const sandbox = sandboxOf(async (ctx: any) => void traces.push(ctx.traceId), new FakeServices(), CRON)
  assert.equal(await handle(eventOf('eventbridge'), sandbox), true)
  assert.equal(await handle(eventOf('eventbridge'), sandbox), false)
  assert.equal(traces.length, 1)
})

test('two rules that tick in the same minute run once', async () => {
  const traces = new Set<string>()
  const sandbox = sandboxOf(async (ctx: any) => void traces.add(ctx.traceId), new FakeServices(), CRON)
  const times = ['2026-10-08T16:53:00Z', '2026-10-08T16:53:21Z', '2026-10-08T16:54:00Z']
  const ran: boolean[] = []
  for (const time of times) ran.push(await handle(tick(time), sandbox))
  assert.deepEqual([ran, traces.size], [[true, false, true], 2])
})

test('the lock belongs to the Step and the minute, as in Python', () => {
  assert.equal(lockName('a', tick('2026-10-08T16:53:06Z')), 'cron#a#2026-10-08T16:53')
  assert.equal(lockName('a', { id: '53dc4d37' }), 'cron#a#53dc4d37')
  assert.notEqual(lockName('a', {}), lockName('a', {}))
})

test('a failure is logged, thrown and not repeated', async () => {
  const services = new FakeServices()
  const handler = async () => {
    throw new Error('no')
  }
  const sandbox = sandboxOf(handler, services, CRON)
  await assert.rejects(handle(eventOf('eventbridge'), sandbox), /no/)
  const [record] = services.records
  assert.deepEqual(
    [services.records.length, record?.['level'], record?.['msg'], record?.['scheduled']],
    [1, 'error', 'Run failed', '2026-10-08T16:53:06Z'],
  )
  assert.equal(await handle(eventOf('eventbridge'), sandbox), false)
})

test('a Step that cannot be imported does not use up its tick', async () => {
  const services = new FakeServices()
  const load = async () => {
    throw new Error('odd')
  }
  const sandbox = sandboxOf({ load }, services, CRON)
  const [record] = await linesOf(() => assert.rejects(handle(eventOf('eventbridge'), sandbox), /odd/))
  assert.equal(services.locks.size, 0)
  assert.match(String(record?.['msg']), /odd/)
})
