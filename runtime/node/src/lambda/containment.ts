/**
 * Keeping what a user's function does to the process an ordinary failure of that function.
 *
 * process.exit throws; an error that nobody caught fails the invocation that caused it. When that has ended already it
 * is a record in the log, and the sandbox lives on.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { HandlerExit } from '../errors.ts'

const RUN: unique symbol = Symbol.for('motia.run')

interface Run {
  readonly file: string
  readonly fail: (error: unknown) => void
  ended: boolean
}

// one for all copies of a bundle in this process, see `renewal.ts`
const shared = globalThis as { [RUN]?: AsyncLocalStorage<Run> }
const current = (shared[RUN] ??= new AsyncLocalStorage<Run>())

/** What `work` gives; rejects as well with what it leaves uncaught while it runs. file: the user's. */
export async function contained<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  let fail: Run['fail'] = () => undefined
  const uncaught = new Promise<never>((_, reject) => (fail = reject))
  const run: Run = { file, fail, ended: false }
  try {
    return await Promise.race([current.run(run, async () => work()), uncaught])
  } finally {
    run.ended = true
  }
}

/**
 * From now on, in this process. report: told of what nobody caught while nothing ran that caused it.
 *
 * The runtime's own listeners, which end the process, are removed; those of the user's modules come later and stay.
 */
export function containAll(report: (error: unknown) => void): void {
  const exit = process.exit
  process.exit = (code?: number | string | null): never => {
    const run = current.getStore()
    if (!run) return exit.call(process, code)
    throw new HandlerExit(`the handler called process.exit(${code ?? ''})`, { where: run.file })
  }
  const fail = (error: unknown): void => {
    const run = current.getStore()
    if (run && !run.ended) run.fail(error)
    else report(error)
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event)
    process.on(event, fail)
  }
}
