/** What to say of a name that is imported from a package and that the package does not export: Node knows no place. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, packageOf } from './missing_package.ts'
import type { Refusal } from './refusals.ts'
import { isOwn } from './tracebacks.ts'

const WRONG = /The requested module '(.*)' does not provide an export named '(.*)'/
const FIRST = /^(.+):\d+\n/

/** The refusal that such an error of `import` is; undefined if it is another. root: absolute. */
export function missingExport(root: string, error: unknown): Refusal | undefined {
  const [, module, name] = (error instanceof SyntaxError && WRONG.exec(error.message)) || []
  if (module === undefined || name === undefined) return undefined
  const isDefault = name === 'default'
  const what = `the file cannot be imported: '${module}' has ${isDefault ? 'no default export' : `no export '${name}'`}`
  const version = versionOf(root, module)
  const check = isDefault ? 'import its names in braces, or check' : 'check its name, or'
  const remedy = `${check} the version of '${packageOf(module)}'${version ? `: ${version} is installed` : ''}`
  return { what, remedy, traceback: placeOf(root, (error as Error).stack ?? '', module, name) }
}

function versionOf(root: string, module: string): string | undefined {
  try {
    const folder = folderOf(root, packageOf(module))
    return folder && JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
  } catch {
    return undefined
  }
}

/** The import in the source: place, line and mark. */
function placeOf(root: string, stack: string, module: string, name: string): string {
  for (const path of sourcesOf(stack)) {
    if (!isOwn(path, root) || !existsSync(path)) continue
    const text = readFileSync(path, 'utf8')
    const at = statementAt(text, module, name)
    if (at) return excerpt(relative(root, path).split(sep).join('/'), text, at)
  }
  return ''
}

/** Such a stack begins with the file that imports: its source, or what was compiled of several. */
function sourcesOf(stack: string): string[] {
  const first = FIRST.exec(stack)?.[1]
  if (first === undefined) return []
  const path = first.startsWith('file:') ? fileURLToPath(first) : first
  if (!existsSync(`${path}.map`)) return [path]
  const { sources } = JSON.parse(readFileSync(`${path}.map`, 'utf8')) as { sources: string[] }
  return sources.map((source) => resolve(dirname(path), source))
}

/** Where in a source a name is imported from a module; its place and length. */
function statementAt(text: string, module: string, name: string): { start: number; length: number } | undefined {
  const from = `from\\s*['"]${escaped(module)}['"]`
  const inside = name === 'default' ? `([\\w$]+)\\s*(?:,[^;'"]*)?` : `[^;'"]*?(?<![\\w$])(${escaped(name)})(?![\\w$])[^;'"]*?`
  const found = new RegExp(`\\b(?:import|export)\\s+${inside}\\s*${from}`, 'd').exec(text)
  const range = found?.indices?.[1]
  return range && { start: range[0], length: range[1] - range[0] }
}

function excerpt(file: string, text: string, { start, length }: { start: number; length: number }): string {
  const before = text.slice(0, start).split('\n')
  const column = before.at(-1)!.length
  const line = text.split('\n')[before.length - 1]!
  const mark = ' '.repeat(column - (line.length - line.trimStart().length)) + '^'.repeat(length)
  return [`${file}:${before.length}:${column + 1}`, `    ${line.trim()}`, `    ${mark}`].join('\n')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
