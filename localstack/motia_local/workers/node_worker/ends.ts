/** What ends a process, made to end one invocation where that is possible, and told to the server where it is not. */

import { HandlerExit } from '@motia/runtime/errors.ts'
import { stack } from '@motia/runtime/failure.ts'
import { trimmed } from '@motia/project/tracebacks.ts'

import type { Channel } from './channel.ts'
import { current, failed } from './run.ts'

const REFUSAL = Symbol.for('motia.refusal') // where @motia/project/refusals.ts looks for what to say of a file

/** The server is gone: so are we, and every process a Step started. */
export function endNow(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.kill(process.pid, 'SIGKILL') // it leads no group
  }
}

/** Keep what a Step does to the process an ordinary failure of the Step. */
export function contain(channel: Channel): void {
  process.exit = (code?: number | string | null): never => {
    const where = current.getStore()?.step.descriptor.file
    if (where === undefined) throw exitAtImport(code)
    throw new HandlerExit(`the handler called process.exit(${code ?? ''})`, { where })
  }
  for (const name of ['abort', 'reallyExit'] as const) {
    const end = Reflect.get(process, name) as (...given: unknown[]) => never
    const told = (...given: unknown[]): never => {
      const run = current.getStore()
      if (run !== undefined) channel.send({ t: 'dying', current: run.number })
      channel.flush()
      return end.apply(process, given)
    }
    Object.defineProperty(process, name, { value: told, configurable: true, writable: true })
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
}

/** What reading and loading tell of a file that ends the process. Code that runs beside invocations is told the same. */
function exitAtImport(code?: number | string | null): Error {
  const what = `the file ends the process when it is imported: process.exit(${code ?? ''})`
  const remedy = 'move the call into the handler, or throw an error that says what is missing'
  const error = new HandlerExit(what, { remedy })
  return Object.assign(error, { [REFUSAL]: { what, remedy, traceback: trimmed(error, process.cwd()) } })
}

/** An error that nobody caught: of an invocation at work it is the failure, of one that has ended a line on its output. */
function fail(error: unknown): void {
  const run = current.getStore()
  if (run === undefined || run.told) process.stderr.write(`${stack(error)}\n`)
  else run.tell({ error: failed(error) })
}
