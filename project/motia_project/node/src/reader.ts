/**
 * The process that imports Step and stream files and reports what is in them.
 *
 *     node --enable-source-maps reader.mjs ROOT RESULTS_FD TIMEOUT_S     ({FILE: MODULE, ...} as JSON on standard input)
 *
 * Results go through a descriptor of their own, one JSON object a line, so that what the user's code prints cannot spoil
 * them: {"begin": FILE}, then what `reading.ts` answers, at last {"done": true}. A file that hangs or ends the process
 * ends it; {"hung": FILE, "traceback"} is where it was when its time was over.
 */

import { readFileSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { answer } from './reading.ts'
import { framesOf } from './tracebacks.ts'

const [root, descriptor, timeout] = process.argv.slice(2) as [string, string, string]
const results = Number(descriptor)
let current: string | undefined

async function main(): Promise<void> {
  const modules = JSON.parse(readFileSync(0, 'utf8')) as Record<string, string>
  const watchdog = new Worker(new URL('./reader_watchdog.mjs', import.meta.url), {
    workerData: { root, results, timeoutMs: Number(timeout) * 1000 },
    stdin: false,
    execArgv: [],
  })
  watchdog.unref()
  watchExit()
  for (const [file, module] of Object.entries(modules)) {
    current = file
    send({ begin: file })
    watchdog.postMessage(file)
    const said = await answer(file, () => import(pathToFileURL(module).href), root)
    watchdog.postMessage(null)
    current = undefined
    send(said)
    process.chdir(root)
  }
  send({ done: true })
  process.reallyExit(0) // timers, servers and exit hooks of the user's code have nothing to finish here
}

/** `process.exit` in a file: say so, and where, before it happens. */
function watchExit(): void {
  const exit = process.exit
  process.exit = (code) => {
    if (current !== undefined) {
      const what = `the file ends the process when it is imported: process.exit(${code ?? ''})`
      const remedy = 'move the call into the handler, or throw an error that says what is missing'
      send({ file: current, problems: [{ what, remedy, traceback: framesOf(new Error().stack ?? '', root) }] })
    }
    process.reallyExit(0)
    return exit(code)
  }
  // what a file leaves behind is not what importing it says; Python's threads are not looked at either
  process.on('uncaughtException', () => undefined)
  process.on('unhandledRejection', () => undefined)
}

function send(message: object): void {
  let data = Buffer.from(`${JSON.stringify(message)}\n`)
  while (data.length > 0) data = data.subarray(written(data))
}

/** Bytes that went through; a pipe that is full takes none for a while. */
function written(data: Buffer): number {
  try {
    return writeSync(results, data)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}

declare global {
  namespace NodeJS {
    interface Process {
      reallyExit(code: number): never
    }
  }
}

await main()
