/**
 * Route paths in the style of Express: `/users`, `/users/:id`, `/users/:id?` (last), `/files/*` (last).
 *
 * Paths are compared segment by segment after decoding, with regard to case; a slash at the end is tolerated. Of
 * several routes that match, the more specific wins: at the first segment in which they differ, static text before a
 * parameter before the rest. What a `*` stands for is the path parameter "0".
 */

import { ProjectError } from './errors.ts'
import { put } from './jsonable.ts'
import { quoted } from './kinds.ts'
import { unquote } from './percent.ts'

export const WILDCARD = '0'

export type Params = Record<string, string>

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const SPECIAL = /[:*?+()[\]{}]/
const SEGMENTS = 'static segments, `:name` as a whole segment, `:name?` or `*` as the last segment'
const WHOLE = 'write it with whole segments and check finer rules in the handler'
const NAMES = 'a letter or _, then letters, digits and _'
const RENAME = 'give it such a name, and check finer rules in the handler'
const ONCE = 'each name once'
const OTHER_NAME = 'give one of them another name'

/** A segment of a path: static text, or the name of a parameter. */
type Segment = { readonly text: string } | { readonly name: string }

/** A compiled path. */
export class Pattern {
  readonly text: string
  readonly segments: readonly Segment[]
  readonly optional: string | undefined
  readonly wildcard: boolean

  constructor(text: string, segments: readonly Segment[], rest: { optional?: string; wildcard?: boolean } = {}) {
    this.text = text
    this.segments = segments
    this.optional = rest.optional
    this.wildcard = rest.wildcard ?? false
  }

  /** The decoded parameters if `path` (percent-encoded, without query) fits, else undefined. */
  match(path: string): Params | undefined {
    const parts = path.split('/').slice(1)
    const fixed = this.segments.length
    if (this.wildcard) {
      if (parts.length <= fixed) return undefined
    } else {
      if (parts.at(-1) === '') parts.pop()
      if (parts.length !== fixed && !(this.optional && parts.length === fixed + 1)) return undefined
    }
    const params: Params = {}
    for (const [at, segment] of this.segments.entries()) {
      const value = unquote(parts[at]!)
      if ('text' in segment ? value !== segment.text : !value) return undefined
      if ('name' in segment) put(params, segment.name, value)
    }
    if (this.wildcard) params[WILDCARD] = unquote(parts.slice(fixed).join('/'))
    else if (this.optional && parts.length > fixed) {
      if (!parts[fixed]) return undefined
      put(params, this.optional, unquote(parts[fixed]))
    }
    return params
  }

  /** The one path that fits, when nothing in it varies or is escaped; a slash at the end is another spelling. */
  get literal(): string | undefined {
    if (this.wildcard || this.optional) return undefined
    const texts: string[] = []
    for (const segment of this.segments) {
      if (!('text' in segment) || segment.text.includes('%')) return undefined
      texts.push(segment.text)
    }
    return `/${texts.join('/')}`
  }

  /** Sorts the more specific of two patterns that match the same path first. */
  get rank(): readonly number[] {
    const kinds = this.segments.map((segment) => ('text' in segment ? 0 : 1))
    if (this.optional) kinds.push(1)
    return this.wildcard ? [...kinds, 2] : kinds
  }
}

/** Read a route path; ProjectError for syntax that cannot be routed the same way everywhere. */
export function compilePath(text: string): Pattern {
  if (!text.startsWith('/') && text !== '*') throw unsupported(text, 'it does not start with a slash')
  const parts = text === '/' ? [] : text.replace(/^\//, '').replace(/\/$/, '').split('/')
  const segments: Segment[] = []
  for (const [position, part] of parts.entries()) {
    const last = position === parts.length - 1
    if (part === '*' && last) return new Pattern(text, segments, { wildcard: true })
    if (part.startsWith(':')) {
      const name = part.slice(1).replace(/\?$/, '')
      if (!NAME.test(name)) throw unsupported(text, `${quoted(part)} is not a parameter's name`, NAMES, RENAME)
      if (segments.some((segment) => 'name' in segment && segment.name === name)) {
        throw unsupported(text, `the parameter ${quoted(part)} stands twice in it`, ONCE, OTHER_NAME)
      }
      if (part.endsWith('?')) {
        if (last) return new Pattern(text, segments, { optional: name })
        throw unsupported(text, `the optional parameter ${quoted(part)} is not the last segment`)
      }
      segments.push({ name })
    } else if (!part || SPECIAL.test(part)) {
      throw unsupported(text, `the segment ${quoted(part)} is not plain text`)
    } else {
      segments.push({ text: unquote(part) })
    }
  }
  return new Pattern(text, segments)
}

/** A target for a method and a path. */
export type Route<T> = readonly [method: string, path: string, target: T]

/** Finds the target of a method and a path among many; the first of two equal routes wins. GET answers HEAD too. */
export class Router<T> {
  readonly #entries: readonly { pattern: Pattern; rank: readonly number[]; method: string; target: T }[]
  readonly #static = new Map<string, T>() // a short cut past the list for paths without parameters

  constructor(routes: Iterable<Route<T>>) {
    this.#entries = Array.from(routes, ([method, path, target]) => {
      const pattern = compilePath(path)
      return { pattern, rank: pattern.rank, method: method.toUpperCase(), target }
    }).sort((a, b) => compare(a.rank, b.rank))
    for (const { pattern, method, target } of this.#entries) {
      const key = `${method} ${pattern.literal}`
      if (pattern.literal !== undefined && !this.#static.has(key)) this.#static.set(key, target)
    }
  }

  /** The target and the path parameters, or undefined. */
  match(method: string, path: string): { target: T; params: Params } | undefined {
    return this.#find(method, path) ?? (method === 'HEAD' ? this.#find('GET', path) : undefined)
  }

  #find(method: string, path: string): { target: T; params: Params } | undefined {
    const key = `${method} ${path}`
    if (this.#static.has(key)) return { target: this.#static.get(key)!, params: {} }
    for (const entry of this.#entries) {
      const params = entry.method === method ? entry.pattern.match(path) : undefined
      if (params) return { target: entry.target, params }
    }
    return undefined
  }

  /** The methods that some route answers at `path`, sorted. */
  methods(path: string): string[] {
    const found = new Set<string>()
    for (const { pattern, method } of this.#entries) if (pattern.match(path)) found.add(method)
    if (found.has('GET')) found.add('HEAD')
    return [...found].sort()
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] !== b[at]) return a[at]! - b[at]!
  }
  return a.length - b.length
}

function unsupported(text: string, why: string, allowed = SEGMENTS, remedy = WHOLE): ProjectError {
  return new ProjectError(`the path ${quoted(text)} cannot be a route: ${why}`, { allowed, remedy })
}
