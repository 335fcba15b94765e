/**
 * DynamoDB's typed attributes.
 *
 * JavaScript -> DynamoDB: string S, boolean BOOL, number and bigint N, null NULL, Uint8Array B, array L, object M.
 * Back, every N is a number, and a set is a Set.
 */

/** A row as an object. */
export type Item = Record<string, unknown>

/** One typed attribute, such as {"S": "text"}. */
export type Attribute = Readonly<Record<string, unknown>>

export type Attributes = Record<string, Attribute>

/** An object as DynamoDB's typed attributes. */
export function toItem(item: Readonly<Item>): Attributes {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]))
}

/** DynamoDB's typed attributes as an object. */
export function fromItem(item: Readonly<Attributes>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, attribute]) => [name, fromAttribute(attribute)]))
}

/** One typed attribute. TypeError for a type DynamoDB does not have, RangeError for NaN and infinities. */
export function toAttribute(value: unknown): Attribute {
  if (typeof value === 'string') return { S: value }
  if (value === null) return { NULL: true }
  if (typeof value === 'boolean') return { BOOL: value }
  if (typeof value === 'bigint') return { N: String(value) }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`DynamoDB has no number ${value}`)
    return { N: String(value) }
  }
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return { L: value.map(toAttribute) }
  if (typeof value === 'object' && value !== undefined) return { M: toItem(value as Item) }
  throw new TypeError(`DynamoDB has no attribute type for ${typeof value}`)
}

/** The value of a typed attribute. */
export function fromAttribute(attribute: Attribute): unknown {
  const [kind, value] = Object.entries(attribute)[0] ?? ['', undefined]
  if (kind === 'S' || kind === 'BOOL') return value
  if (kind === 'N') return Number(value)
  if (kind === 'M') return fromItem(value as Attributes)
  if (kind === 'L') return (value as Attribute[]).map(fromAttribute)
  if (kind === 'B') return Buffer.from(String(value), 'base64')
  if (kind === 'NULL') return null
  return new Set((value as unknown[]).map((member) => fromAttribute({ [kind.charAt(0)]: member }))) // SS, NS, BS
}
