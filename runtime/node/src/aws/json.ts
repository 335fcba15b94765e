/** JSON as it is sent and stored. */

/** Compact UTF-8 JSON; half a surrogate pair, which has no UTF-8, is escaped. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** The order of UTF-8 bytes, which is that of DynamoDB's sort keys; JavaScript's own differs beyond the basic plane. */
export function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
