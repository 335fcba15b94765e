/** Source maps that name files by their paths in the project, wherever it lay and wherever the bundle was made. */

import { relative, resolve, sep } from 'node:path'

interface Head {
  readonly version: number
  readonly sources: readonly string[]
}

const MAPPINGS = ',\n  "mappings"'

/** text: of the map as esbuild writes it, whose sources are relative to `outdir`. The long part is not read. */
export function rewrittenMap(text: string, outdir: string, root: string): string {
  const start = text.indexOf(MAPPINGS)
  const head = JSON.parse(`${text.slice(0, start)}}`) as Head
  const sources = head.sources.map((source) => renamed(source, outdir, root))
  return JSON.stringify({ ...head, sources }).slice(0, -1) + text.slice(start)
}

function renamed(source: string, outdir: string, root: string): string {
  if (/^[\w-]{2,}:/.test(source)) return source // a module that is not a file
  return relative(root, resolve(outdir, source)).split(sep).join('/')
}
