/**
 * The thread that watches the one that imports: when a file's time is over it interrupts it, reports the stack it is in,
 * and ends the process. A loop that never ends cannot do that itself.
 */

import { existsSync, readFileSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { framesOf } from './tracebacks.ts'

const { root, results, timeoutMs } = workerData as { root: string; results: number; timeoutMs: number }
const PATIENCE_MS = 1000 // an idle process does not pause; there is no stack in it either
let timer: NodeJS.Timeout | undefined

parentPort?.on('message', (file: string | null) => {
  clearTimeout(timer)
  if (file !== null) timer = setTimeout(interrupt, timeoutMs, file)
})

function interrupt(file: string): void {
  setTimeout(end, PATIENCE_MS, file, '')
  const session = new Session()
  const urls = new Map<string, string>() // frames name their script by number
  session.connectToMainThread()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => {
    const frames = params.callFrames.map(({ functionName, location }) =>
      frame(functionName, urls.get(location.scriptId) ?? '', location.lineNumber, location.columnNumber ?? 0),
    )
    end(file, framesOf(frames.join('\n'), root))
  })
  session.post('Debugger.enable')
  session.post('Debugger.pause')
}

function end(file: string, traceback: string): void {
  writeSync(results, `${JSON.stringify({ hung: file, traceback })}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** A frame as in a stack, in the source. line, column: from 0. */
function frame(name: string, url: string, line: number, column: number): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  if (!existsSync(`${path}.map`)) return `at ${name || '<anonymous>'} (${path}:${line + 1}:${column + 1})`
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
  const entry = map.findEntry(line, column)
  if (!('originalSource' in entry)) return ''
  const source = resolve(dirname(path), entry.originalSource)
  return `at ${name || '<anonymous>'} (${source}:${entry.originalLine + 1}:${entry.originalColumn + 1})`
}
