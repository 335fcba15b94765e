/**
 * Which invocation holds the main thread, and where: asked of the main thread itself, stopped for a moment by Node's
 * inspector. Code in a native call cannot be stopped: then it is not known.
 */

import { readFileSync, realpathSync } from 'node:fs'
import type { Debugger, Runtime } from 'node:inspector'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Header } from './frames.ts'
import { isProjectFile } from './sources.ts'

const ASK = Symbol.for('motia.holder').description
const WAIT_MS = 400

/** left: seconds until the time of the invocation is over. unannounced: what the server must be told before. */
export interface Holder {
  readonly current: number | null
  readonly where: string
  readonly left: number
  readonly unannounced: readonly Header[]
}

/** Have the main thread answer when it is stopped. ask: what is known of the invocation whose code runs. */
export function answerAs(ask: () => Omit<Holder, 'where'>): void {
  Object.defineProperty(globalThis, Symbol.for(ASK!), { value: () => JSON.stringify(ask()), configurable: true })
}

/** Who holds the main thread right now; undefined when it cannot be asked. */
export async function holder(root: string): Promise<Holder | undefined> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  if (typeof session.connectToMainThread !== 'function') return undefined // before Node 20.11
  const alive = setInterval(() => {}, WAIT_MS) // a session alone does not keep a thread going
  try {
    session.connectToMainThread()
    return await new Promise<Holder | undefined>((resolve) => {
      let over = false
      const post = (method: string, params: object, then: (result: unknown) => void = () => {}): void => {
        if (over) return
        session.post(method, params, (error: Error | null, result?: unknown) => (error ? resolve(undefined) : then(result)))
      }
      const urls = new Map<string, string>()
      session.on('Debugger.scriptParsed', ({ params }: { params: Debugger.ScriptParsedEventDataType }) => {
        urls.set(params.scriptId, params.url)
      })
      session.on('Debugger.paused', ({ params }: { params: Debugger.PausedEventDataType }) => {
        const [top] = params.callFrames
        const expression = `globalThis[Symbol.for('${ASK}')]()`
        post('Debugger.evaluateOnCallFrame', { callFrameId: top?.callFrameId, expression }, (result) => {
          const { value } = (result as { result: Runtime.RemoteObject }).result
          const where = placeOf(params.callFrames, urls, root)
          post('Debugger.resume', {}, () => resolve({ ...JSON.parse(value), where }))
        })
      })
      post('Debugger.enable', {}, () => post('Debugger.pause', {}))
      setTimeout(() => {
        over = true
        resolve(undefined)
      }, WAIT_MS)
    })
  } catch {
    return undefined // whatever is wrong with the inspector, the worker must go on
  } finally {
    session.disconnect()
    clearInterval(alive)
  }
}

/** File and line of the innermost frame that lies in the project, from the source map of what was compiled. */
function placeOf(frames: readonly Debugger.CallFrame[], urls: ReadonlyMap<string, string>, root: string): string {
  const project = realpathSync(root)
  for (const { location } of frames) {
    const url = urls.get(location.scriptId)
    if (!url?.startsWith('file:')) continue
    const place = original(url, location.lineNumber, location.columnNumber ?? 0)
    if (isProjectFile(project, place.file)) return `${relative(project, place.file)}:${place.line}`
  }
  return ''
}

function original(url: string, line: number, column: number): { file: string; line: number } {
  const compiled = fileURLToPath(url)
  try {
    const map = new SourceMap(JSON.parse(readFileSync(`${compiled}.map`, 'utf8')))
    const entry = map.findEntry(line, column)
    if ('originalSource' in entry) {
      const source = new URL(entry.originalSource, url)
      return { file: fileURLToPath(source), line: entry.originalLine + 1 }
    }
  } catch {
    // it has no map: it is what was written
  }
  return { file: compiled, line: line + 1 }
}
