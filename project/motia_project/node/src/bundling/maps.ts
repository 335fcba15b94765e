/** Source maps that name files by their paths in the project, wherever it lay and wherever the bundle was made. */

import { relative, resolve, sep } from 'node:path'

interface SourceMap {
  readonly sources: readonly string[]
}

/** text: of the map, whose sources are relative to `outdir`. */
export function rewrittenMap(text: string, outdir: string, root: string): string {
  const map = JSON.parse(text) as SourceMap
  return JSON.stringify({ ...map, sources: map.sources.map((source) => renamed(source, outdir, root)) })
}

function renamed(source: string, outdir: string, root: string): string {
  if (/^[\w-]{2,}:/.test(source)) return source // a module that is not a file
  return relative(root, resolve(outdir, source)).split(sep).join('/')
}
