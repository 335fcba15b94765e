/** A stack as its reader needs it: the frames of their own files, by relative path and in their own source. */

import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const FRAMES = 12
const CHARACTERS = 4000
const FRAME = /^\s*at (?:(.*) \()?((?:file:\/\/|\/|[A-Za-z]:\\).*?):(\d+):(\d+)\)?$/

/** `TypeError: no such thing`, on one line. */
export function firstLine(error: unknown, root: string): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `a thrown value: ${shortened(error)}`
  return text.trim().split('\n')[0]!.replaceAll(`${root}${sep}`, '').slice(0, 300)
}

/** The error and its causes without frames outside of the project; empty when none is inside. root: absolute. */
export function trimmed(error: unknown, root: string): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  let found = false
  for (let next = error; next instanceof Error && !seen.has(next); next = next.cause) {
    seen.add(next)
    const frames = ownFrames(next.stack ?? '', root)
    found ||= frames.length > 0
    const head = `${next.name}: ${next.message}`.replaceAll(`${root}${sep}`, '')
    parts.push([parts.length > 0 ? `caused by ${head}` : head, ...frames].join('\n'))
  }
  const text = parts.join('\n')
  if (!found) return '' // no place in the user's files, so nothing that the message does not say
  return text.length > CHARACTERS ? `${text.slice(0, CHARACTERS / 2)}\n  ...\n${text.slice(-CHARACTERS / 2)}` : text
}

/** The frames alone, of what is no error. */
export function framesOf(stack: string, root: string): string {
  return ownFrames(stack, root)
    .map((line) => line.slice(4))
    .join('\n')
}

/** Lines for the frames that lie in the user's files; the first one with its line of source. */
function ownFrames(stack: string, root: string): string[] {
  const lines: string[] = []
  for (const text of stack.split('\n')) {
    const [, name, place, line, column] = FRAME.exec(text) ?? []
    if (!place || lines.length > FRAMES) continue
    const path = place.startsWith('file:') ? fileURLToPath(place) : place
    if (!isOwn(path, root)) continue
    const where = `${relative(root, path).split(sep).join('/')}:${line}:${column}`
    lines.push(`    at ${name && isNamed(name) ? `${name} (${where})` : where}`)
    if (lines.length === 1) lines.push(...sourceLine(path, Number(line)))
  }
  return lines
}

/** Whether a file is the user's code: inside the project, outside of what is installed or made in it. */
export function isOwn(path: string, root: string): boolean {
  const inside = relative(root, path)
  if (inside.startsWith('..') || isAbsolute(inside)) return false
  return !inside.split(sep).some((part) => part === 'node_modules' || part === '.motia')
}

/** Names of frames that esbuild or the loader made say nothing. */
function isNamed(name: string): boolean {
  return !/^(async )?(<anonymous>|Object\.<anonymous>|__require|eval|file:.*|(Object\.)?(steps|src)\/.*|new Promise)/.test(name)
}

function sourceLine(path: string, line: number): string[] {
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8').split('\n')[line - 1]?.trim()
  return text ? [`        ${text.slice(0, 200)}`] : []
}

function shortened(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200)
  } catch {
    return typeof value
  }
}
