/** A call on the context happens whether or not it is awaited. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Calls } from '@motia/runtime/calls.ts'

/** Work that notes when it runs. */
class Log {
  readonly done: string[] = []
  readonly failures: [string, string][] = []

  readonly work = async (name: string, error?: Error): Promise<string> => {
    await null
    if (error) throw error
    this.done.push(name)
    return name
  }

  readonly failed = (name: string, error: unknown): void => {
    this.failures.push([name, (error as Error).message])
  }
}

async function run(scenario: (calls: Calls, log: Log) => unknown, limitMs = 5_000): Promise<Log> {
  const log = new Log()
  const calls = new Calls()
  await scenario(calls, log)
  await calls.drain(log.failed, limitMs)
  return log
}

test('an awaited call gives its value', async () => {
  const log = await run(async (calls, log) => {
    assert.equal(await calls.make('a', () => log.work('a')), 'a')
    assert.deepEqual(log.done, ['a'])
  })
  assert.deepEqual(log.failures, [])
})

test('a call nobody awaits is made and its failure told', async () => {
  const log = await run((calls, log) => {
    void calls.make('a', () => log.work('a'))
    void calls.make('b', () => log.work('b', new Error('no')))
  })
  assert.deepEqual([log.done, log.failures], [['a'], [['b', 'no']]])
})

test('a failure that was awaited is not told again', async () => {
  const log = await run(async (calls, log) => {
    await assert.rejects(
      calls.make('a', () => log.work('a', new Error('no'))),
      /no/,
    )
  })
  assert.deepEqual(log.failures, [])
})

test('a failure may be awaited long after it happened', async () => {
  const log = await run(async (calls, log) => {
    const call = calls.make('a', () => log.work('a', new Error('no')))
    await new Promise(setImmediate)
    await assert.rejects(call, /no/)
  })
  assert.deepEqual(log.failures, [])
})

test('Promise.all, race, catch and finally await', async () => {
  const log = await run(async (calls, log) => {
    const no = (): Promise<string> => log.work('x', new Error('no'))
    await assert.rejects(Promise.all([calls.make('a', no), calls.make('b', () => log.work('b'))]))
    await assert.rejects(Promise.race([calls.make('c', no)]))
    await calls.make('d', no).catch(() => {})
    await assert.rejects(calls.make('e', no).finally(() => {}))
  })
  assert.deepEqual([log.done, log.failures], [['b'], []])
})

test('what follows a call that is not awaited is waited for as well', async () => {
  const log = await run((calls, log) => {
    void calls.make('a', () => log.work('a')).then(() => calls.make('b', () => log.work('b')))
    void (async () => {
      await calls.make('c', () => log.work('c'))
      await null
      void calls.make('d', () => log.work('d', new Error('late')))
    })()
  })
  assert.deepEqual([log.done.sort(), log.failures], [['a', 'b', 'c'], [['d', 'late']]])
})

test('calls begin in the order in which they are made, at once', async () => {
  const begun: string[] = []
  await run((calls) => {
    void calls.make('a', async () => begun.push('a'))
    void calls.make('b', async () => begun.push('b'))
    assert.deepEqual(begun, ['a', 'b'])
  })
})

test('a call that does not end is told of, and not waited for any longer', async () => {
  const log = await run((calls) => void calls.make('a', () => new Promise(() => {})), 20)
  assert.deepEqual(log.failures, [['a', 'not done after 0.02 s']])
})

test('what throws before it returns a promise rejects', async () => {
  const log = await run((calls) => {
    void calls.make('a', () => {
      throw new Error('at once')
    })
  })
  assert.deepEqual(log.failures, [['a', 'at once']])
})
