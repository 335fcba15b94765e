/** A `config` as JSON: functions left out, schemas as JSON Schema. */

import { GUARD_NAMES } from '@motia/runtime/stream_guard.ts'
import { kindOf, quoted } from '@motia/runtime/kinds.ts'
import type { Problem } from './build.ts'
import { isSchema, NoJsonSchema, toJsonSchema } from './schema/convert.ts'
import { isClass } from './signature.ts'

const DEPTH = 100

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface PlainConfig {
  config: Record<string, Json>
  /** Names of the functions; absent if the key is. */
  middleware?: string[]
  can_access: boolean
  problems: Problem[]
}

/** A value, and its key. */
interface Above {
  readonly value: object
  readonly path: string
}

/** A value of the configuration is not JSON. */
export class NotPlain extends Error {
  readonly problem: Problem

  constructor(what: string, key: string, remedy?: string) {
    super(what)
    this.problem = { what, ...(key ? { key } : {}), ...(remedy === undefined ? {} : { remedy }) }
  }
}

/** What a module's `config` says; NotPlain if it is no object. file: absolute, of the module's source. */
export async function plainConfig(config: unknown, file: string): Promise<PlainConfig> {
  if (typeof config !== 'object' || config === null || Array.isArray(config) || isSchema(config)) {
    throw new NotPlain(`\`config\` is ${a(config)}, it must be an object`, '', 'write `export const config = { ... }`')
  }
  if (config instanceof Promise) throw new NotPlain('`config` is a Promise, it must be an object', '', 'write `await` before it')
  const answer: PlainConfig = { config: {}, can_access: false, problems: [] }
  const plain = new Plain(file, answer.problems)
  for (const key of Object.keys(config)) {
    try {
      const value = plain.field(config, key, key)
      if (key === 'middleware' && value !== undefined && value !== null) {
        answer.middleware = middlewareNames(value, answer.problems)
      } else if ((GUARD_NAMES as readonly string[]).includes(key) && typeof value === 'function') {
        answer.can_access = true
      } else if (value !== undefined) {
        answer.config[plain.text(key, key)] = await plain.value(value, key, [{ value: config, path: '' }])
      }
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error
      answer.problems.push(error.problem)
    }
  }
  return answer
}

/** A value as JSON; schemas as JSON Schema. key: its place, for messages. Throws NotPlain; warnings go to `problems`. */
export function plainValue(value: unknown, key: string, file: string, problems: Problem[]): Promise<Json> {
  return new Plain(file, problems).value(value, key)
}

function middlewareNames(value: unknown, problems: Problem[]): string[] {
  if (!Array.isArray(value)) {
    const remedy = typeof value === 'function' && value.name ? `write [${value.name}]` : undefined
    throw new NotPlain(`the value is ${a(value)}, it must be a list of functions`, 'middleware', remedy)
  }
  value.forEach((entry, index) => {
    if (typeof entry === 'function' && !isClass(entry)) return
    problems.push({ what: `the entry is ${a(entry)}, it must be a function`, key: `middleware[${index}]` })
  })
  return value.filter((entry) => typeof entry === 'function').map((entry) => entry.name || 'anonymous')
}

class Plain {
  readonly #file: string
  readonly #problems: Problem[]

  constructor(file: string, problems: Problem[]) {
    this.#file = file
    this.#problems = problems
  }

  /** above: what the value is in, from the outermost. */
  async value(value: unknown, path: string, above: readonly Above[] = []): Promise<Json> {
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'string') return this.text(value, path)
    if (typeof value === 'number') return finite(value, path)
    if (typeof value === 'object' || typeof value === 'function') {
      const outer = above.find((one) => one.value === value)
      if (outer) throw containsItself(outer.path, path)
      if (above.length > DEPTH) throw new NotPlain(`the value is nested in more than ${DEPTH} others`, path, 'make it flatter')
      if (isSchema(value)) return this.#schema(value, path)
      const inside = [...above, { value, path }]
      if (Array.isArray(value)) return this.#list(value, path, inside)
      if (value instanceof Set) return this.#list([...value], path, inside)
      if (value instanceof Map) return this.#members(Object.fromEntries(value), path, inside)
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
      if (isPlain(value)) return this.#members(value, path, inside)
    }
    throw notJson(value, path)
  }

  /** The value under a key, which may be computed. */
  field(of: object, key: string, path: string): unknown {
    try {
      return (of as Record<string, unknown>)[key]
    } catch (error) {
      throw new NotPlain(`the value cannot be read: ${(error as Error)?.message ?? String(error)}`, path)
    }
  }

  text(value: string, path: string): string {
    if (!/\p{Surrogate}/u.test(value)) return value
    throw new NotPlain(`the text ${quoted(value)} is not valid Unicode`, path)
  }

  async #list(values: readonly unknown[], path: string, above: readonly Above[]): Promise<Json[]> {
    const found: Json[] = []
    for (const [index, item] of values.entries()) {
      found.push(await this.value(item ?? null, `${path}[${index}]`, above))
    }
    return found
  }

  async #members(value: object, path: string, above: readonly Above[]): Promise<Json> {
    const found: [string, Json][] = []
    for (const key of Object.keys(value)) {
      const here = `${path}.${key}`
      const item = this.field(value, key, here)
      if (item !== undefined) found.push([this.text(key, here), await this.value(item, here, above)])
    }
    return Object.fromEntries(found)
  }

  /** A schema that cannot be written documents nothing; the Step runs all the same. */
  async #schema(schema: object, path: string): Promise<Json> {
    try {
      return (await toJsonSchema(schema, this.#file)) as Json
    } catch (error) {
      const reason = String(error instanceof Error ? error.message : error).replace(/\s+/g, ' ').slice(0, 200)
      const remedy = error instanceof NoJsonSchema ? error.remedy : 'give a JSON Schema instead'
      this.#problems.push({
        what: `the schema cannot be written as JSON Schema: ${reason}`,
        key: path,
        ...(remedy === undefined ? {} : { remedy }),
        severity: 'warning',
      })
      return {}
    }
  }
}

function containsItself(outer: string, path: string): NotPlain {
  const what = `the value is ${outer ? `\`${outer}\`, which it is in` : 'the configuration that it is in'}`
  return new NotPlain(`${what}: JSON cannot contain itself`, path, 'leave the key out')
}

function finite(value: number, path: string): number {
  if (Number.isFinite(value)) return value
  throw new NotPlain(`the value is ${value}, which JSON does not have`, path, 'write a finite number or null')
}

function isPlain(value: object): boolean {
  if (typeof value === 'function') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null // a literal, also of another realm
}

function notJson(value: unknown, path: string): NotPlain {
  if (typeof value === 'function') {
    const remedy = isClass(value)
      ? 'for a schema give a JSON Schema, or a schema of zod'
      : 'a configuration is data; only `middleware` and `canAccess` hold functions'
    return new NotPlain(`the value is ${a(value)}`, path, remedy)
  }
  const remedy = value instanceof Promise ? 'write `await` before it' : 'write text, numbers, lists and objects'
  return new NotPlain(`the value is ${a(value)}, which is not JSON`, path, remedy)
}

function a(value: unknown): string {
  if (typeof value !== 'function') return kindOf(value)
  if (isClass(value)) return `the class ${value.name}`
  return value.name ? `the function ${value.name}` : 'a function'
}
