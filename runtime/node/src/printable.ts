/** Anything at all, as JSON that a log can hold. Nothing here throws. */

import { describe } from './failure.ts'
import { put } from './jsonable.ts'

const DEPTH = 12
const SHOWN_BYTES = 20

/** `value` made of JSON's types: an error as {message, stack, name, ...}, what has no JSON form as a text about it. */
export function printable(value: unknown, depth = 0): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  try {
    return converted(value, depth)
  } catch {
    return `[${typeof value}]`
  }
}

function converted(value: unknown, depth: number): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth > DEPTH) return '[...]'
  if (Array.isArray(value)) return value.map((item) => printable(item, depth + 1))
  if (value instanceof Error) return { ...describe(value), ...members(Object.entries(value), depth) }
  if (value instanceof Map) return members(value, depth)
  if (value instanceof Set) return Array.from(value, (item) => printable(item, depth + 1))
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return bytes(value)
  if (value instanceof Promise) return '[Promise]'
  if (value instanceof RegExp) return String(value)
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'Invalid Date'
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return printable(toJSON.call(value, ''), depth + 1)
  if (value instanceof Number || value instanceof String || value instanceof Boolean) return value.valueOf()
  return members(Object.entries(value), depth)
}

function members(entries: Iterable<[unknown, unknown]>, depth: number): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [key, item] of entries) {
    if (item !== undefined) put(found, typeof key === 'string' ? key : String(printable(key, DEPTH)), printable(item, depth + 1))
  }
  return found
}

function bytes(value: ArrayBufferView | ArrayBuffer): string {
  const all = ArrayBuffer.isView(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value)
  const more = all.length > SHOWN_BYTES ? ` ... ${all.length - SHOWN_BYTES} more bytes` : ''
  return `<${value.constructor.name} ${all.subarray(0, SHOWN_BYTES).toString('hex')}${more}>`
}
