/**
 * Stacks in the terms of the sources: a bundle is one compiled file, its source map lies beside it.
 *
 * Node's own `--enable-source-maps` reads the map when the bundle is imported; here it is read when a stack is looked
 * at for the first time, so that a function that does not fail never pays for it.
 */

import type { SourceMap } from 'node:module'

import { builtin } from './builtins.ts'

/** bundle: path or URL of the compiled file; the map is the file beside it with `.map` at the end. */
export function mapStacks(bundle: string): void {
  let map: Mapped | null | undefined
  Error.prepareStackTrace = (error, frames) => {
    if (map === undefined) map = readMap(bundle)
    const found = map
    const place = (frame: NodeJS.CallSite): string => (found ? mapped(frame, found) : String(frame))
    return [head(error), ...frames.map((frame) => `    at ${place(frame)}`)].join('\n')
  }
}

/** names: of the compiled file, in frames. folder: the one it is in. */
interface Mapped {
  readonly map: SourceMap
  readonly names: readonly (string | null | undefined)[]
  readonly folder: string
}

/** null: the bundle was uploaded without it. */
function readMap(bundle: string): Mapped | null {
  try {
    const { readFileSync } = builtin('node:fs') as typeof import('node:fs')
    const { SourceMap } = builtin('node:module') as typeof import('node:module')
    const { dirname } = builtin('node:path') as typeof import('node:path')
    const { fileURLToPath } = builtin('node:url') as typeof import('node:url')
    const path = bundle.startsWith('file:') ? fileURLToPath(bundle) : bundle
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
    return { map, names: [bundle, path], folder: dirname(path) }
  } catch {
    return null
  }
}

/** A frame with the place that the map gives for it; as it is when the map gives none. */
function mapped(frame: NodeJS.CallSite, { map, names, folder }: Mapped): string {
  // a copy of the bundle (see lambda/renewal.ts) is the same file with a query behind its name
  if (!names.includes(frame.getFileName()?.replace(/\?.*$/, ''))) return String(frame)
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()]
  const text = String(frame)
  if (line === null || column === null) return text
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry) || !entry.originalSource) return text
  const { originalSource: source, originalLine, originalColumn } = entry
  const { resolve } = builtin('node:path') as typeof import('node:path')
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
