/**
 * Query strings and forms, read as `qs` 6 reads them (Express's "extended" parser).
 *
 * `x=1&x=2` and `x[]=1&x[]=2` are arrays, `o[k]=v` is an object, nesting stops at five levels, array indexes above 20
 * become keys, parameters after the thousandth are ignored, `+` is a space. Every leaf is a string.
 */

import { put } from './jsonable.ts'
import { unquotePlus } from './percent.ts'

export const DEPTH = 5
export const ARRAY_LIMIT = 20
export const PARAMETER_LIMIT = 1000

export type Query = string | Query[] | { [key: string]: Query }

/** An array under construction, by index. */
class Sparse extends Map<number, Node> {
  add(value: Node): void {
    this.set(Math.max(-1, ...this.keys()) + 1, value)
  }
}

/** An object under construction; a key may have any name. */
class Members extends Map<string, Node> {}

type Node = string | true | Sparse | Members

/** The parameters of a raw query string (without `?`) or an urlencoded body. */
export function parse(text: string): Record<string, Query> {
  const flat = new Map<string, string | string[]>()
  for (const part of text.split('&', PARAMETER_LIMIT)) {
    if (!part) continue
    const [key, value] = pair(part)
    const before = flat.get(key)
    if (before === undefined) flat.set(key, value)
    else if (Array.isArray(before)) before.push(value)
    else flat.set(key, [before, value])
  }
  if (![...flat.keys()].some((key) => key.includes('['))) return plainly(flat)
  let tree: Node = new Members()
  for (const [key, value] of flat) {
    const found = segments(key)
    if (found.length) tree = merge(tree, branch(found, value))
  }
  return finish(tree) as Record<string, Query>
}

function plainly(flat: Iterable<[string, Query]>): Record<string, Query> {
  const found: Record<string, Query> = {}
  for (const [key, value] of flat) {
    if (key) put(found, key, value)
  }
  return found
}

function pair(part: string): [string, string] {
  // escaped brackets count as brackets before the pair is cut
  const text = part.includes('%') ? part.replace(/%5b/gi, '[').replace(/%5d/gi, ']') : part
  const closing = text.indexOf(']=')
  const at = closing < 0 ? text.indexOf('=') : closing + 1
  if (at < 0) return [unquotePlus(text), '']
  return [unquotePlus(text.slice(0, at)), unquotePlus(text.slice(at + 1))]
}

/** `a[b][]` as ["a", "[b]", "[]"]; what lies deeper than DEPTH is one last segment. */
function segments(key: string): string[] {
  const found = [...key.matchAll(/\[[^[\]]*\]/g)]
  const parent = found.length ? key.slice(0, found[0]!.index) : key
  const parts = parent ? [parent] : []
  parts.push(...found.slice(0, DEPTH).map((match) => match[0]))
  if (found.length > DEPTH) parts.push(`[${key.slice(found[DEPTH]!.index)}]`)
  return parts
}

/** The value of one key, wrapped in its segments from the inside out. */
function branch(parts: readonly string[], leaf: string | string[]): Node {
  let value: Node = Array.isArray(leaf) ? new Sparse(leaf.entries()) : leaf
  for (const segment of [...parts].reverse()) {
    const name = segment.startsWith('[') && segment.endsWith(']') ? segment.slice(1, -1) : segment
    if (segment === '[]') {
      value = value instanceof Sparse ? value : new Sparse([[0, value]])
    } else if (segment !== name && /^(0|[1-9]\d*)$/.test(name) && Number(name) <= ARRAY_LIMIT) {
      value = new Sparse([[Number(name), value]])
    } else {
      value = new Members([[name, value]])
    }
  }
  return value
}

/** `target` with `source` added to it. */
function merge(target: Node, source: Node): Node {
  if (source === '') return target
  if (typeof source === 'string' || source === true) {
    if (target instanceof Sparse) {
      target.add(source)
      return target
    }
    if (target instanceof Members) return target.set(String(source), true)
    return new Sparse([
      [0, target],
      [1, source],
    ])
  }
  if (typeof target === 'string' || target === true) {
    if (!(source instanceof Sparse))
      return new Sparse([
        [0, target],
        [1, source],
      ])
    return new Sparse([[0, target], ...[...source].map(([index, value]) => [index + 1, value] as [number, Node])])
  }
  if (target instanceof Sparse) {
    if (source instanceof Sparse) return mergeArrays(target, source)
    target = new Members([...target].sort(([a], [b]) => a - b).map(([index, value]) => [String(index), value]))
  }
  for (const [key, value] of source) {
    const name = String(key)
    const before = target.get(name)
    target.set(name, before === undefined ? value : merge(before, value))
  }
  return target
}

function mergeArrays(target: Sparse, source: Sparse): Sparse {
  for (const [index, value] of source) {
    const before = target.get(index)
    if (before === undefined) target.set(index, value)
    else if (before instanceof Map && value instanceof Map) target.set(index, merge(before, value))
    else target.add(value)
  }
  return target
}

function finish(value: Node): Query {
  if (value instanceof Sparse) return [...value].sort(([a], [b]) => a - b).map(([, item]) => finish(item))
  if (value instanceof Members) return plainlyFinished(value)
  return value as string
}

function plainlyFinished(members: Members): { [key: string]: Query } {
  const found: { [key: string]: Query } = {}
  for (const [key, value] of members) put(found, key, finish(value))
  return found
}
