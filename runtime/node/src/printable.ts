/** Anything at all, as JSON that a log can hold. Nothing here throws. */

import { describe } from './failure.ts'
import { put } from './jsonable.ts'

const DEPTH = 12
const VALUES = 10_000 // of one record: what a library's object leads to may be everything there is
const SHOWN_BYTES = 20
const MORE = '[...]'

/** `value` made of JSON's types: an error as {message, stack, name, ...}, what has no JSON form as a text about it. */
export function printable(value: unknown): unknown {
  return new Printer().print(value)
}

class Printer {
  #left = VALUES
  readonly #above: unknown[] = []

  print(value: unknown): unknown {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    if (typeof value !== 'object') return typeof value === 'function' ? functionText(value) : String(value)
    this.#left -= 1
    if (this.#above.length > DEPTH || this.#left < 0 || this.#above.includes(value)) return MORE
    this.#above.push(value)
    try {
      return this.#object(value)
    } catch {
      return '[object]' // a getter or a toJSON of its own that throws
    } finally {
      this.#above.pop()
    }
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#array(value)
    if (value instanceof Error) return { ...describe(value), ...this.#members(Object.entries(value)) }
    if (value instanceof Map) return this.#members(value)
    if (value instanceof Set) return this.#array(value)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return bytes(value)
    if (value instanceof Promise) return '[Promise]'
    if (value instanceof RegExp) return String(value)
    if (value instanceof Date && Number.isNaN(value.getTime())) return 'Invalid Date'
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') return this.print(toJSON.call(value, ''))
    if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf()
    return this.#members(Object.entries(value))
  }

  #array(values: Iterable<unknown>): unknown[] {
    const found: unknown[] = []
    for (const value of values) {
      found.push(this.print(value))
      if (this.#left < 0) break
    }
    return found
  }

  #members(entries: Iterable<[unknown, unknown]>): Record<string, unknown> {
    const found: Record<string, unknown> = {}
    for (const [key, value] of entries) {
      if (value !== undefined) put(found, typeof key === 'string' ? key : String(this.print(key)), this.print(value))
      if (this.#left < 0) break
    }
    return found
  }
}

function functionText(value: Function): string {
  return `[Function: ${value.name || '(anonymous)'}]`
}

function bytes(value: ArrayBufferView | ArrayBuffer): string {
  const all = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value)
  const more = all.length > SHOWN_BYTES ? ` ... ${all.length - SHOWN_BYTES} more bytes` : ''
  return `<${value.constructor.name} ${all.subarray(0, SHOWN_BYTES).toString('hex')}${more}>`
}
