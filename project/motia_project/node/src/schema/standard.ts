/** Schemas of other libraries, as far as they tell what they are. */

import { importFrom } from './libraries.ts'
import { type JsonSchema, NoJsonSchema } from './convert.ts'

interface Standard {
  readonly vendor?: unknown
  readonly jsonSchema?: { input?(options: object): JsonSchema }
}

type Convert = (...args: unknown[]) => JsonSchema

/** Its `~standard`, undefined for what is no schema. */
export function standardOf(value: object): Standard | undefined {
  const standard = (value as Record<string, unknown>)['~standard']
  return typeof standard === 'object' && standard !== null ? standard : undefined
}

/** The JSON Schema of a Standard Schema. file: absolute, from where helpers of the library are looked for. */
export async function fromStandard(schema: object, file: string): Promise<JsonSchema> {
  const standard = standardOf(schema)
  const vendor = String(standard?.vendor ?? 'its library')
  if (vendor === 'arktype') return fromArktype(schema)
  if (typeof standard?.jsonSchema?.input === 'function') return standard.jsonSchema.input({ target: 'draft-07' })
  for (const name of ['toJSONSchema', 'toJsonSchema', 'toJSON']) {
    const convert = (schema as Record<string, unknown>)[name]
    if (typeof convert === 'function') return (convert as Convert).call(schema)
  }
  if (vendor === 'valibot') return fromValibot(schema, file)
  throw new NoJsonSchema(`${vendor} gives none`, 'give a JSON Schema, or a schema of zod, arktype or valibot')
}

/** What has no JSON Schema, such as a predicate, is left out of it. */
function fromArktype(schema: object): JsonSchema {
  const convert = (schema as { toJsonSchema: Convert }).toJsonSchema
  const base = ({ base }: { base: JsonSchema }) => base
  const date = ({ base }: { base: JsonSchema }) => ({ ...base, type: 'string', format: 'date-time' })
  return convert.call(schema, { target: 'draft-07', fallback: { default: base, date } })
}

async function fromValibot(schema: object, file: string): Promise<JsonSchema> {
  const name = '@valibot/to-json-schema'
  const module = await importFrom(file, name, (module) => typeof module.toJsonSchema === 'function')
  return (module.toJsonSchema as Convert)(schema, { target: 'draft-07', typeMode: 'input', errorMode: 'ignore' })
}
