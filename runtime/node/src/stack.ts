/**
 * Stacks in the terms of the sources: a bundle is one compiled file, its source map lies beside it.
 *
 * Node's own `--enable-source-maps` reads the map when the bundle is imported; here it is read when a stack is looked
 * at for the first time, so that a function that does not fail never pays for it.
 */

import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** bundle: path or URL of the compiled file; the map is the file beside it with `.map` at the end. */
export function mapStacks(bundle: string): void {
  const path = bundle.startsWith('file:') ? fileURLToPath(bundle) : bundle
  const names = new Set<unknown>([bundle, path])
  let map: SourceMap | null | undefined
  Error.prepareStackTrace = (error, frames) => {
    if (map === undefined) map = readMap(`${path}.map`)
    const found = map
    const place = (frame: NodeJS.CallSite): string =>
      found && names.has(frame.getFileName()) ? mapped(frame, found, dirname(path)) : String(frame)
    return [head(error), ...frames.map((frame) => `    at ${place(frame)}`)].join('\n')
  }
}

/** null: the bundle was uploaded without it. */
function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** A frame with the place that the map gives for it; as it is when the map gives none. */
function mapped(frame: NodeJS.CallSite, map: SourceMap, folder: string): string {
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()]
  const text = String(frame)
  if (line === null || column === null) return text
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry) || !entry.originalSource) return text
  const { originalSource: source, originalLine, originalColumn } = entry
  const file = /^[\w-]{2,}:/.test(source) ? source : resolve(folder, source)
  const compiled = `${frame.getFileName()}:${line}:${column}`
  return text.replace(compiled, () => `${file}:${originalLine + 1}:${originalColumn + 1}`)
}

function head(error: unknown): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
