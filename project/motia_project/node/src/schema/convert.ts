/** Schemas of configurations as JSON Schema (draft 7): of zod 3 and 4, and of libraries with a Standard Schema. */

import { fromStandard, standardOf } from './standard.ts'
import { fromZod3, isZod3 } from './zod3.ts'
import { fromZod4, isZod4 } from './zod4.ts'

export type JsonSchema = Record<string, unknown>

/** A schema has no JSON Schema. remedy: what would give it one. */
export class NoJsonSchema extends Error {
  readonly remedy: string | undefined

  constructor(what: string, remedy?: string) {
    super(what)
    this.remedy = remedy
  }
}

/** Whether the value is the schema of a library, rather than data. */
export function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return isZod4(value) || isZod3(value) || standardOf(value) !== undefined
}

/** Its JSON Schema, of what goes in rather than of what comes out. file: absolute, from where libraries are looked for. */
export async function toJsonSchema(schema: object, file: string): Promise<JsonSchema> {
  const made = isZod4(schema) ? await fromZod4(schema, file) : isZod3(schema) ? fromZod3(schema) : await fromStandard(schema, file)
  // through JSON, so that what is left of the library in it shows here
  const { $schema: _, '~standard': __, ...rest } = JSON.parse(JSON.stringify(made)) as JsonSchema
  return rest
}
