/** What zod 3 demands of a string or a number, in keywords of JSON Schema. */

import type { JsonSchema } from './convert.ts'
import type { Definition } from './zod3.ts'

interface Check {
  readonly kind: string
  readonly value?: any
  readonly [field: string]: any
}

const FORMATS: Readonly<Record<string, string>> = {
  date: 'date',
  datetime: 'date-time',
  duration: 'duration',
  email: 'email',
  time: 'time',
  url: 'uri',
  uuid: 'uuid',
}

const PATTERNS: Readonly<Record<string, string>> = {
  cuid: '^[cC][^\\s-]{8,}$',
  cuid2: '^[0-9a-z]+$',
  nanoid: '^[a-zA-Z0-9_-]{21}$',
  ulid: '^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$',
}

/** The schema of a ZodString or ZodNumber. */
export function checksOf(definition: Definition): JsonSchema {
  const schema: JsonSchema = { type: definition.typeName === 'ZodString' ? 'string' : 'number' }
  const patterns: string[] = []
  for (const check of (definition.checks ?? []) as Check[]) {
    const pattern = patternOf(check)
    if (pattern !== undefined) patterns.push(pattern)
    else Object.assign(schema, definition.typeName === 'ZodString' ? ofString(check) : ofNumber(check))
  }
  if (patterns.length === 1) schema.pattern = patterns[0]
  if (patterns.length > 1) schema.allOf = patterns.map((pattern) => ({ pattern }))
  return schema
}

function ofString({ kind, value, version }: Check): JsonSchema {
  if (kind === 'min') return { minLength: value }
  if (kind === 'max') return { maxLength: value }
  if (kind === 'length') return { minLength: value, maxLength: value }
  if (kind === 'ip') return version === undefined ? {} : { format: version === 'v6' ? 'ipv6' : 'ipv4' }
  if (kind === 'base64') return { contentEncoding: 'base64' }
  return FORMATS[kind] ? { format: FORMATS[kind] } : {}
}

function ofNumber({ kind, value, inclusive }: Check): JsonSchema {
  if (kind === 'int') return { type: 'integer' }
  if (kind === 'min') return inclusive ? { minimum: value } : { exclusiveMinimum: value }
  if (kind === 'max') return inclusive ? { maximum: value } : { exclusiveMaximum: value }
  return kind === 'multipleOf' ? { multipleOf: value } : {}
}

function patternOf({ kind, value, regex }: Check): string | undefined {
  if (kind === 'regex') return (regex as RegExp).source
  if (kind === 'startsWith') return `^${escaped(value)}`
  if (kind === 'endsWith') return `${escaped(value)}$`
  if (kind === 'includes') return escaped(value)
  return PATTERNS[kind]
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
