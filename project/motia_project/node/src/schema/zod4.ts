/** Schemas of zod 4, by zod's own converter: the method of the schema, or the function of the copy that made it. */

import { importFrom } from './libraries.ts'
import type { JsonSchema } from './convert.ts'

interface Schema {
  readonly _zod: { readonly def: { readonly type: string } }
  toJSONSchema?(options: object): JsonSchema
}

interface Core {
  toJSONSchema(schema: object, options: object): JsonSchema
}

const OPTIONS = {
  target: 'draft-7',
  io: 'input', // what may be sent: keys with a default are optional, and more keys than named are no error
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }: { zodSchema: Schema; jsonSchema: JsonSchema }) => {
    const { type } = zodSchema._zod.def
    if (type === 'date' && Object.keys(jsonSchema).every((key) => key === 'description')) {
      Object.assign(jsonSchema, { type: 'string', format: 'date-time' }) // as JSON has it
    }
    if (type === 'bigint' && jsonSchema.type === undefined) jsonSchema.type = 'integer'
    // every whole number of zod has the limits of a JavaScript number
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  },
}

export function isZod4(value: object): value is Schema {
  const inner = (value as Partial<Schema>)._zod
  return typeof inner === 'object' && inner !== null && typeof inner.def === 'object'
}

/** file: absolute, of the project; zod is what this file would import. */
export async function fromZod4(schema: object, file: string): Promise<JsonSchema> {
  const own = (schema as Schema).toJSONSchema
  if (typeof own === 'function') return own.call(schema, OPTIONS)
  const core = (await importFrom(file, 'zod/v4/core', (core) => typeof core.toJSONSchema === 'function')) as unknown as Core
  return core.toJSONSchema(schema, OPTIONS)
}
