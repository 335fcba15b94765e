/** The logger writes records that hold what they are given, and never breaks a Step. */

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'

import { EmitError } from '@motia/runtime/errors.ts'
import { Logger } from '@motia/runtime/logger.ts'
import { MemoryLogs, MemoryTrace } from '@motia/runtime/memory.ts'

afterEach(() => void delete process.env.LOG_LEVEL)

function made(flows: string[] = ['flow']): { logger: Logger; logs: MemoryLogs; trace: MemoryTrace } {
  const [logs, trace] = [new MemoryLogs(), new MemoryTrace()]
  return { logger: new Logger('Hello', 'TRACE-0000001', flows, logs, trace), logs, trace }
}

test('a record says when, where and what', () => {
  const { logger, logs } = made()
  logger.info('User created', { userId: '123' })
  const { timestamp, ...rest } = logs.records[0]!
  assert.deepEqual(Object.keys(logs.records[0]!), ['timestamp', 'level', 'step', 'traceId', 'flows', 'msg', 'userId'])
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const expected = { level: 'info', step: 'Hello', traceId: 'TRACE-0000001', flows: ['flow'], msg: 'User created' }
  assert.deepEqual(rest, { ...expected, userId: '123' })
})

const cycle: Record<string, unknown> = {}
cycle.me = cycle
const hostile = {
  get a(): never {
    throw new Error('no')
  },
}

const KEPT: [string, unknown, Record<string, unknown>][] = [
  ['nothing', undefined, {}],
  ['null', null, {}],
  ['an object', { a: 1, b: undefined }, { a: 1 }],
  ['a text', 'text', { data: 'text' }],
  ['a list', [1, 2n], { data: [1, 2] }],
  ['a date', { when: new Date(0) }, { when: '1970-01-01T00:00:00.000Z' }],
  ['an invalid date', { when: new Date(NaN) }, { when: 'Invalid Date' }],
  [
    'what is not JSON',
    { x: NaN, y: 2n ** 64n, z: Symbol('s') },
    { x: 'NaN', y: '18446744073709551616', z: 'Symbol(s)' },
  ],
  ['bytes', { b: Buffer.from([255, 0]) }, { b: '<Buffer ff00>' }],
  ['collections', { m: new Map([[1, new Set(['a'])]]) }, { m: { 1: ['a'] } }],
  ['functions and promises', { f: test, p: Promise.resolve() }, { f: `[Function: ${test.name}]`, p: '[Promise]' }],
  ['reserved names', { level: 'fatal', step: 1, b: 2 }, { b: 2, args: { level: 'fatal', step: 1 } }],
  ['what throws when it is looked at', { h: hostile }, { h: '[object]' }],
  ['a cycle', cycle, { me: '[...]' }],
]

for (const [name, args, kept] of KEPT) {
  test(`${name} becomes part of the record`, () => {
    const { logger, logs } = made()
    logger.info('m', args)
    const { timestamp: _, level, step, traceId, flows, msg, ...rest } = logs.records[0]!
    assert.deepEqual(rest, kept)
    assert.deepEqual([level, step, traceId, flows, msg], ['info', 'Hello', 'TRACE-0000001', ['flow'], 'm'])
    JSON.stringify(logs.records[0])
  })
}

function failing(): Error {
  return Object.assign(new TypeError('no', { cause: new RangeError('below') }), { code: 'E_NO' })
}

for (const args of [{ error: failing() }, failing()]) {
  test(`an error ${args instanceof Error ? 'alone' : 'as error'} is shown with its stack, cause and own fields`, () => {
    const { logger, logs } = made()
    logger.error('m', args)
    const { stack, ...rest } = logs.records[0]!.error as Record<string, unknown>
    assert.deepEqual(rest, { message: 'no', name: 'TypeError', code: 'E_NO' })
    assert.match(
      String(stack),
      /^TypeError: no\n +at failing \(.*logger\.test\.ts:\d+:\d+\)[^]*Caused by: RangeError: below/,
    )
    assert.doesNotMatch(String(stack), /node:internal/)
  })
}

test('an error of our own has its message and nothing beside', () => {
  const { logger, logs } = made()
  logger.error('m', { error: new EmitError('no', { where: 'here', allowed: 'that' }) })
  const { stack: _, ...rest } = logs.records[0]!.error as Record<string, unknown>
  assert.deepEqual(rest, { message: 'no; in here; allowed: that', name: 'EmitError' })
})

test('an object that leads to everything ends somewhere, soon', () => {
  const everything: unknown[] = []
  for (let at = 0; at < 100; at += 1) everything.push({ everything })
  for (let at = 0; at < 100; at += 1) everything.push(Array.from(everything))
  const { logger, logs } = made()
  logger.info('m', { everything })
  assert.ok(JSON.stringify(logs.records[0]).length < 1_000_000)
})

const ALL = ['debug', 'info', 'warn', 'error'] as const
const LEVELS: [string | undefined, string[]][] = [
  [undefined, ['info', 'warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['WARNING', ['warn', 'error']],
  ['error', ['error']],
  ['critical', []],
  ['nonsense', ['info', 'warn', 'error']],
]

for (const [level, written] of LEVELS) {
  test(`at ${level ?? 'no'} LOG_LEVEL ${written.join(', ') || 'nothing'} is written and traced`, () => {
    if (level) process.env.LOG_LEVEL = level
    const { logger, logs, trace } = made()
    for (const method of ALL) logger[method]('m')
    assert.deepEqual(
      logs.records.map((record) => record.level),
      written,
    )
    assert.deepEqual(
      trace.events.map((event) => event.level),
      written,
    )
  })
}

test('a listener hears what is written and cannot break it', () => {
  const { logger, logs } = made()
  const heard: unknown[] = []
  logger.addListener(() => {
    throw new Error('mine')
  })
  logger.addListener((...all) => heard.push(all))
  logger.info('m', { a: 1 })
  assert.deepEqual(heard, [['info', 'm', { a: 1 }]])
  assert.deepEqual(
    logs.records.map((record) => record.msg),
    ['m', 'a log listener failed'],
  )
})

test('its methods can be taken out of it', () => {
  const { logger, logs } = made()
  const { info, warn } = logger
  info('a')
  warn('b')
  assert.deepEqual(
    logs.records.map((record) => record.msg),
    ['a', 'b'],
  )
})

test('a message need not be text', () => {
  const { logger, logs } = made()
  logger.info({ a: 1 })
  logger.info(undefined)
  assert.deepEqual(
    logs.records.map((record) => record.msg),
    ['{"a":1}', 'undefined'],
  )
})

test('a broken sink does not reach the Step', (context) => {
  const written = context.mock.method(process.stderr, 'write', () => true)
  const broken = {
    write(): never {
      throw new Error('disk full')
    },
  }
  new Logger('Hello', 'T', [], broken, undefined).info('m')
  assert.match(String(written.mock.calls[0]!.arguments[0]), /disk full/)
})

test('a trace event carries the record', () => {
  const { logger, trace } = made(['f'])
  logger.warn('m', { a: 1 })
  const { timestamp, ...rest } = trace.events[0]!
  assert.equal(typeof timestamp, 'number')
  const metadata = { step: 'Hello', traceId: 'TRACE-0000001', flows: ['f'], a: 1 }
  assert.deepEqual(rest, { type: 'log', level: 'warn', message: 'm', metadata })
})
