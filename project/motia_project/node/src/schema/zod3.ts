/** Schemas of zod 3, which cannot write itself as JSON Schema: read by the definitions that its schemas hold. */

import { checksOf } from './zod3_checks.ts'
import type { JsonSchema } from './convert.ts'

/** What of zod's own definition is looked at; which fields there are depends on typeName. */
export interface Definition {
  readonly typeName: string
  readonly description?: string
  readonly [field: string]: any
}

interface Schema {
  readonly _def: Definition
}

export function isZod3(value: object): value is Schema {
  const definition = (value as Partial<Schema>)._def
  return typeof definition === 'object' && /^Zod[A-Z]/.test(definition?.typeName ?? '')
}

/** Never throws for a schema of zod: what JSON does not have allows anything. */
export function fromZod3(schema: object): JsonSchema {
  return new Converter().root(schema as Schema)
}

/** Inner schema by the wrapper's field. */
const WRAPPERS: Readonly<Record<string, string>> = {
  ZodOptional: 'innerType',
  ZodCatch: 'innerType',
  ZodReadonly: 'innerType',
  ZodBranded: 'type',
  ZodPromise: 'type',
  ZodEffects: 'schema',
  ZodPipeline: 'in',
}

const SIMPLE: Readonly<Record<string, JsonSchema>> = {
  ZodBigInt: { type: 'integer' },
  ZodBoolean: { type: 'boolean' },
  ZodDate: { type: 'string', format: 'date-time' },
  ZodNever: { not: {} },
  ZodNull: { type: 'null' },
  ZodUndefined: { not: {} },
  ZodVoid: { not: {} },
}

class Converter {
  /** Schemas that are being converted, outermost first; one that contains itself becomes a definition. */
  readonly #open: Schema[] = []
  readonly #names = new Map<Schema, string>()
  readonly #definitions: Record<string, JsonSchema> = {}

  root(schema: Schema): JsonSchema {
    const made = this.convert(schema)
    return Object.keys(this.#definitions).length > 0 ? { ...made, definitions: this.#definitions } : made
  }

  convert(schema: Schema): JsonSchema {
    const known = this.#names.get(schema)
    if (known && this.#definitions[known]) return reference(known)
    if (this.#open.includes(schema)) {
      const name = known ?? `__schema${this.#names.size}`
      this.#names.set(schema, name)
      return reference(name)
    }
    this.#open.push(schema)
    const { description } = schema._def
    const converted = this.#converted(schema._def)
    const made = description ? { ...converted, description } : converted
    this.#open.pop()
    const name = this.#names.get(schema)
    if (!name) return made
    this.#definitions[name] = made
    return reference(name)
  }

  #converted(definition: Definition): JsonSchema {
    const { typeName } = definition
    const wrapped = WRAPPERS[typeName]
    if (wrapped) return this.convert(definition[wrapped])
    if (SIMPLE[typeName]) return { ...SIMPLE[typeName] }
    const convert = this.#kinds[typeName]
    return convert ? convert(definition) : {}
  }

  readonly #all = (schemas: Iterable<Schema>): JsonSchema[] => Array.from(schemas, (schema) => this.convert(schema))

  readonly #kinds: Readonly<Record<string, (definition: Definition) => JsonSchema>> = {
    ZodString: checksOf,
    ZodNumber: checksOf,
    ZodLiteral: ({ value }) => oneOf([value]),
    ZodEnum: ({ values }) => ({ type: 'string', enum: [...values] }),
    ZodNativeEnum: ({ values }) => oneOf(enumValues(values)),
    ZodLazy: ({ getter }) => this.convert(getter()),
    ZodDefault: ({ innerType, defaultValue }) => withDefault(this.convert(innerType), defaultValue),
    ZodNullable: ({ innerType }) => nullable(this.convert(innerType)),
    ZodUnion: ({ options }) => ({ anyOf: this.#all(options) }),
    ZodDiscriminatedUnion: ({ options }) => ({ anyOf: this.#all(options.values()) }),
    ZodIntersection: ({ left, right }) => ({ allOf: this.#all([left, right]) }),
    ZodObject: (definition) => this.#object(definition),
    ZodArray: ({ type, minLength, maxLength, exactLength }) =>
      defined({
        type: 'array',
        items: this.convert(type),
        minItems: exactLength?.value ?? minLength?.value,
        maxItems: exactLength?.value ?? maxLength?.value,
      }),
    ZodSet: ({ valueType, minSize, maxSize }) =>
      defined({
        type: 'array',
        uniqueItems: true,
        items: this.convert(valueType),
        minItems: minSize?.value,
        maxItems: maxSize?.value,
      }),
    ZodTuple: ({ items, rest }) => ({
      type: 'array',
      items: this.#all(items),
      minItems: items.length,
      ...(rest ? { additionalItems: this.convert(rest) } : { additionalItems: false, maxItems: items.length }),
    }),
    ZodRecord: ({ keyType, valueType }) => this.#record(keyType, valueType),
    ZodMap: ({ keyType, valueType }) => this.#record(keyType, valueType),
  }

  #object(definition: Definition): JsonSchema {
    const shape = Object.entries(definition.shape() as Record<string, Schema>)
    const required = shape.filter(([, schema]) => !isOptional(schema)).map(([name]) => name)
    const isCaught = definition.catchall._def.typeName !== 'ZodNever'
    const more = isCaught ? this.convert(definition.catchall) : definition.unknownKeys === 'strict' ? false : undefined
    return defined({
      type: 'object',
      properties: Object.fromEntries(shape.map(([name, schema]) => [name, this.convert(schema)])),
      required: required.length > 0 ? required : undefined,
      additionalProperties: more,
    })
  }

  #record(keyType: Schema, valueType: Schema): JsonSchema {
    const names = this.convert(keyType)
    const isLimited = names.enum !== undefined || names.pattern !== undefined || names.format !== undefined
    return defined({
      type: 'object',
      additionalProperties: this.convert(valueType),
      propertyNames: isLimited ? names : undefined,
    })
  }
}

/** Whether the key may be absent in what goes in. Nothing of the user's is run to know it. */
function isOptional(schema: Schema, seen: readonly Schema[] = []): boolean {
  const { typeName, ...fields } = schema._def
  if (['ZodOptional', 'ZodDefault', 'ZodCatch', 'ZodUndefined', 'ZodVoid'].includes(typeName)) return true
  if (seen.includes(schema)) return false
  const inside = [...seen, schema]
  if (typeName === 'ZodLiteral') return fields.value === undefined
  if (typeName === 'ZodLazy') return isOptional(fields.getter(), inside)
  if (typeName === 'ZodUnion') return fields.options.some((option: Schema) => isOptional(option, inside))
  if (typeName === 'ZodNullable') return isOptional(fields.innerType, inside)
  const wrapped = WRAPPERS[typeName]
  return wrapped !== undefined && isOptional(fields[wrapped], inside)
}

function reference(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` }
}

function defined(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type } = schema
  if (typeof type === 'string' && schema.enum === undefined && schema.const === undefined) return { ...schema, type: [type, 'null'] }
  return { anyOf: [schema, { type: 'null' }] }
}

function withDefault(schema: JsonSchema, make: () => unknown): JsonSchema {
  const value = json(make)
  if (value === undefined) return schema
  return schema.$ref === undefined ? { ...schema, default: value } : { allOf: [schema], default: value }
}

/** The default as JSON; undefined for what JSON does not have. */
function json(make: () => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(make()))
  } catch {
    return undefined
  }
}

/** The values of a TypeScript enum; one of numbers also has its names by number. */
function enumValues(values: Record<string, string | number>): (string | number)[] {
  return Object.entries(values)
    .filter(([key, value]) => !(typeof values[value] === 'number' && /^-?\d+(\.\d+)?$/.test(key)))
    .map(([, value]) => value)
}

function oneOf(values: readonly unknown[]): JsonSchema {
  const plain = values.map((value) => (typeof value === 'bigint' ? Number(value) : value))
  if (plain.some((value) => value === undefined)) return { not: {} }
  if (plain.some((value) => typeof value === 'symbol')) return {}
  const types = [...new Set(plain.map((value) => (value === null ? 'null' : typeof value)))]
  const type = types.length === 1 ? types[0] : types
  return plain.length === 1 ? { type, const: plain[0] } : { type, enum: plain }
}
