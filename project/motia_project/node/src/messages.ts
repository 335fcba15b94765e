/** esbuild's errors in the words that the errors of Steps have. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import type { Message } from 'esbuild'
import { lengthOfDeclaration } from './places.ts'
import type { Refusal } from './refusals.ts'
import { missingPackage } from './missing_package.ts'

const UNRESOLVED = /^Could not resolve "(.*)"$/
const OTHER_CASE = /^(?:Cannot read|Could not read from) file: (.*)$/ // a file of the same name in other letters is there
const NO_LOADER = /^No loader is configured for "(.*)" files: (.*)$/
const NO_EXPORT = /^No matching export in "(.*)" for import "(.*)"$/
const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'TypeScript',
  '.mts': 'TypeScript',
  '.cts': 'TypeScript',
  '.tsx': 'TypeScript',
  '.json': 'JSON',
}

/** Why the file at `path` (absolute) is refused. isAsked: it is a Step's own file, not one that a Step imports. */
export function refusalFor(root: string, path: string, error: Message, isAsked: boolean): Refusal {
  const subject = isAsked ? 'the file' : posix(relative(root, path))
  if (isUtf16(path)) return { what: `${subject} is UTF-16`, remedy: 'save it as UTF-8', traceback: '' }
  const traceback = excerpt(root, path, error)
  const unresolved = UNRESOLVED.exec(error.text)
  if (unresolved) {
    const name = unresolved[1]!
    const what = `the file cannot be imported: ${name.startsWith('.') ? 'no file' : 'no package'} '${name}' is found`
    return { what, remedy: remedyFor(root, path, name), traceback }
  }
  const otherwise = OTHER_CASE.exec(error.text)
  if (otherwise) {
    const name = `./${posix(relative(dirname(path), otherwise[1]!))}`
    const what = `the file cannot be imported: no file '${posix(relative(root, otherwise[1]!))}' is found`
    return { what, remedy: remedyForFile(root, path, name), traceback }
  }
  const unknown = NO_LOADER.exec(error.text)
  if (unknown) {
    const what = `the file cannot be imported: ${unknown[2]} is neither code nor JSON`
    return { what, remedy: `say what it is in esbuild.config.json: {"loader": {"${unknown[1]}": "text"}}`, traceback }
  }
  const absent = NO_EXPORT.exec(error.text)
  if (absent) {
    const file = absent[1]!
    const what = `the file cannot be imported: ${file} has no export '${absent[2]}'`
    return { what, remedy: suggestion(error) ?? `export it from ${file}, or check its name`, traceback }
  }
  if (error.pluginName) return { what: `the file cannot be compiled: ${error.text}`, traceback }
  const what = `${subject} is not valid ${LANGUAGES[extname(path)] ?? 'JavaScript'}: ${error.text}`
  return { what, remedy: suggestion(error), traceback }
}

/** As some editors of Windows save a file. */
function isUtf16(path: string): boolean {
  const [first, second] = existsSync(path) ? readFileSync(path).subarray(0, 2) : []
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0
}

function suggestion(error: Message): string | undefined {
  const text = error.notes.find((note) => /^Did you mean/.test(note.text))?.text
  return text?.replace(/^Did you mean to import "(.*)" instead\?$/, "did you mean '$1'?")
}

function remedyFor(root: string, importer: string, name: string): string {
  if (name.startsWith('.') || name.startsWith(sep)) return remedyForFile(root, importer, name)
  const [first = ''] = name.split('/')
  if (isBuiltin(first)) return `'${first}' has no module '${name}': check its name`
  const isAlias = /^[@~#]?$/.test(first) || first.startsWith('~') || first.startsWith('#')
  const folder = ['', 'src', 'steps'].find((above) => first && existsSync(join(root, above, first)))
  if (isAlias && hasAlias(root, first)) {
    return `check the path: no file of this name is in the folder that tsconfig.json gives \`${first}/*\` in \`paths\``
  }
  if (isAlias) return `give \`${first}/*\` a folder in \`paths\` of tsconfig.json, such as ["./src/*"]`
  if (folder !== undefined && !existsSync(join(root, 'node_modules', first))) {
    return `write the path from this file: '${relativeTo(importer, join(root, folder, name))}', or set \`paths\` in tsconfig.json`
  }
  return missingPackage(root, name)
}

/** Whether the project says what `FIRST/...` stands for. */
function hasAlias(root: string, first: string): boolean {
  const path = join(root, 'tsconfig.json')
  return existsSync(path) && readFileSync(path, 'utf8').includes(`"${first}/*"`)
}

/** A file of the same name with other letters or another ending is what was meant. */
function remedyForFile(root: string, importer: string, name: string): string {
  const wanted = resolve(dirname(importer), name)
  const folder = dirname(wanted)
  if (!existsSync(folder)) return `there is no folder ${posix(relative(root, folder)) || '.'}: check the path`
  const plain = (file: string) => file.replace(/\.[cm]?[jt]sx?$/, '').toLowerCase()
  const near = readdirSync(folder).find((file) => plain(file) === plain(basename(wanted)))
  if (near) return `there is '${relativeTo(importer, join(folder, near))}'`
  return `check the path: it is relative to ${posix(relative(root, importer))}`
}

function relativeTo(importer: string, path: string): string {
  const found = posix(relative(dirname(importer), path))
  return found.startsWith('.') ? found : `./${found}`
}

/** `steps/a.step.ts:3:11`, the line and a mark below it. Columns count from 1. */
function excerpt(root: string, path: string, error: Message): string {
  const place = error.location!
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const added = place.line === 1 ? lengthOfDeclaration({ root, mode: 'run' }, path, text) : 0
  const line = place.lineText.slice(added)
  const column = Math.max(0, characters(place.lineText, place.column) - added)
  const start = line.length - line.trimStart().length
  const where = `${posix(relative(root, path))}:${place.line}:${column + 1}`
  if (!line.trim()) return where
  const length = Math.max(1, Math.min(place.length, line.length - column))
  const mark = ' '.repeat(Math.max(0, column - start)) + '^'.repeat(length)
  return [where, `    ${line.trim()}`, `    ${mark}`].join('\n')
}

/** esbuild counts columns in bytes. */
function characters(line: string, bytes: number): number {
  return Buffer.from(line).subarray(0, bytes).toString().length
}

function posix(path: string): string {
  return path.split(sep).join('/')
}
