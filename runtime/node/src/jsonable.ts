/**
 * What Steps hand over, as JSON.
 *
 * As JSON.stringify does it: toJSON is asked, undefined and functions are left out of objects and are null in arrays.
 * Beyond that, a Map is an object, a Set and a typed array are arrays, a BigInt that a number can hold is a number. NaN
 * and the infinities, and what would be lost without a word (a promise that was not awaited), are refused by an error
 * that names the path to it, such as `data.items[2].price`.
 */

import type { ErrorType } from './errors.ts'
import { kindOf } from './kinds.ts'

/** How deep values may be nested; Python Steps have to be able to read them as well. */
const PATH = 60 // characters of a path that are shown of each end
export const MAX_DEPTH = 900

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** `value` as compact UTF-8 JSON. root: what the path in an error starts with. error: what is thrown. */
export function dumps(value: unknown, root: string, error: ErrorType): Buffer {
  return Buffer.from(JSON.stringify(new Copy(root, error, false).of(value)))
}

/** A copy of `value` made of JSON's own types, that later changes to `value` do not reach. where: for the error. */
export function jsonable(value: unknown, root: string, error: ErrorType, where?: string): Json {
  return new Copy(root, error, true, where).of(value)
}

/** Set a member of a plain object, whatever its name is. */
export function put(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(target as Record<string, unknown>)[key] = value
  }
}

class Copy {
  readonly #root: string
  readonly #error: ErrorType
  readonly #wellFormed: boolean
  readonly #where: string | undefined
  readonly #trail: (string | number)[] = []
  readonly #above: object[] = []

  constructor(root: string, error: ErrorType, wellFormed: boolean, where?: string) {
    this.#root = root
    this.#error = error
    this.#wellFormed = wellFormed
    this.#where = where
  }

  of(value: unknown): Json {
    const found = this.#value(value, '')
    return found === undefined ? null : found
  }

  /** undefined: the value has no place in JSON. */
  #value(given: unknown, key: string): Json | undefined {
    const value = this.#asked(given, key)
    if (value === null || value === true || value === false) return value
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw this.#refusal(`${value} is not a JSON number`)
      return value
    }
    if (typeof value === 'object') return this.#object(value)
    if (typeof value === 'bigint') {
      if (Number.isSafeInteger(Number(value))) return Number(value)
      throw this.#refusal(`${value}n is larger than a JSON number can be; hand over its String()`)
    }
    return undefined
  }

  #asked(value: unknown, key: string): unknown {
    if (value === null || (typeof value !== 'object' && typeof value !== 'bigint')) return value
    if (value instanceof Date && Number.isNaN(value.getTime())) throw this.#refusal('it is an invalid Date')
    const { toJSON } = value as { toJSON?: unknown }
    return typeof toJSON === 'function' ? toJSON.call(value, key) : value
  }

  #text(value: string): string {
    if (this.#wellFormed && !value.isWellFormed()) throw this.#refusal('it holds half of a surrogate pair')
    return value
  }

  #object(value: object): Json | undefined {
    if (this.#above.includes(value)) throw this.#refusal('it contains itself')
    if (this.#above.length >= MAX_DEPTH) throw this.#refusal('it is nested too deeply')
    this.#above.push(value)
    const found = Array.isArray(value) ? this.#array(value) : this.#members(value)
    this.#above.pop()
    return found
  }

  #array(value: Iterable<unknown>): Json[] {
    const found: Json[] = []
    for (const item of value) {
      this.#trail.push(found.length)
      found.push(this.#value(item, String(found.length)) ?? null)
      this.#trail.pop()
    }
    return found
  }

  #members(value: object): Json | undefined {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#entries(Object.entries(value))
    if (value instanceof Map) return this.#entries(value)
    if (value instanceof Set) return this.#array(value)
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return this.#array(value as Uint8Array)
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return this.#value(value.valueOf(), '')
    }
    if (value instanceof Promise) throw this.#refusal('it is a Promise; await it')
    if (value instanceof ArrayBuffer || value instanceof DataView) throw this.#refusal(`it is ${kindOf(value)}`)
    return this.#entries(Object.entries(value))
  }

  #entries(entries: Iterable<[unknown, unknown]>): Json {
    const found: { [key: string]: Json } = {}
    for (const [name, item] of entries) {
      if (typeof name !== 'string' && typeof name !== 'number' && typeof name !== 'boolean') {
        throw this.#refusal(`the key ${kindOf(name)} is not a string`)
      }
      const key = String(name)
      this.#trail.push(key)
      this.#text(key)
      const member = this.#value(item, key)
      if (member !== undefined) put(found, key, member)
      this.#trail.pop()
    }
    return found
  }

  #refusal(reason: string): Error {
    const path = this.#trail.reduce<string>((path, step) => path + member(step), this.#root)
    const shown = path.length > 2 * PATH ? `${path.slice(0, PATH)} ... ${path.slice(-PATH)}` : path
    return new this.#error(`${shown} is not JSON: ${reason}`, {
      where: this.#where,
      allowed: 'object, array, string, finite number, boolean, null, Date, Map, Set, what has a toJSON',
      remedy: 'convert it before you hand it over',
    })
  }
}

function member(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}
