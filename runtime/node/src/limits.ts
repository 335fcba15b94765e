/**
 * Names of groups and keys, checked alike wherever a Step runs.
 *
 * The limits are Amazon DynamoDB's ("Constraints in Amazon DynamoDB": partition key 2048 bytes, sort key 1024 bytes of
 * UTF-8), because an app that works on a laptop has to work there.
 */

import type { ErrorType } from './errors.ts'
import { kindOf, quoted } from './kinds.ts'

export const GROUP_BYTES = 2048
export const KEY_BYTES = 1024

/** Throw `error` unless `value` is a string of 1 to `limit` bytes. what: such as "key"; where: the call. */
export function checkName(
  value: unknown,
  what: string,
  where: string,
  error: ErrorType,
  limit: number,
): asserts value is string {
  if (typeof value !== 'string') {
    throw new error(`the ${what} is ${kindOf(value)}`, { where, allowed: 'a string' })
  }
  if (!value) throw new error(`the ${what} is empty`, { where })
  if (!value.isWellFormed()) throw new error(`the ${what} holds half of a surrogate pair: ${quoted(value)}`, { where })
  if (value.length * 3 <= limit) return // no UTF-16 unit takes more than three bytes
  const size = Buffer.byteLength(value)
  if (size > limit) {
    const start = Array.from(value.slice(0, 80)).slice(0, 40).join('')
    throw new error(`the ${what} has ${size} bytes: ${quoted(start)}...`, {
      where,
      allowed: `at most ${limit} bytes`,
    })
  }
}
