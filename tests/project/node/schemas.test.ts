/** Schemas of the libraries that Steps use, as JSON Schema of what may be sent. */

import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { isSchema, type JsonSchema, NoJsonSchema, toJsonSchema } from '@motia/project/schema/convert.ts'

const HERE = fileURLToPath(import.meta.url)

/** A library with nothing of its types: what is seen here is what they do when they run. */
async function library(name: string): Promise<any> {
  return await import(String(name))
}

const { z: three } = await library('zod3')
const { z: four } = await library('zod')
const mini = await library('zod/mini')
const v4in3 = await library('zod3/v4')
const { type } = await library('arktype')
const valibot = await library('valibot')

function convert(schema: object): Promise<JsonSchema> {
  return toJsonSchema(schema, join(dirname(HERE), 'a.step.ts'))
}

/** What zod 3 and zod 4 have in common: [what it is, how it is made, its JSON Schema]. */
const SHARED: [string, (z: any) => object, JsonSchema][] = [
  [
    'an object: what must be there',
    (z) => z.object({ a: z.string(), b: z.number().optional(), c: z.boolean().default(true) }),
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' }, c: { type: 'boolean', default: true } },
      required: ['a'],
    },
  ],
  ['an object that may have more', (z) => z.object({}).strict(), { type: 'object', properties: {}, additionalProperties: false }],
  [
    'an object with more of a kind',
    (z) => z.object({}).catchall(z.string()),
    { type: 'object', properties: {}, additionalProperties: { type: 'string' } },
  ],
  ['limits of a text', (z) => z.string().min(1).max(5), { type: 'string', minLength: 1, maxLength: 5 }],
  ['limits of a number', (z) => z.number().min(1).lt(5).multipleOf(2), { type: 'number', minimum: 1, exclusiveMaximum: 5, multipleOf: 2 }],
  ['a whole number', (z) => z.number().int().positive(), { type: 'integer', exclusiveMinimum: 0 }],
  ['a list with limits', (z) => z.array(z.string()).min(1).max(2), { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 }],
  ['a literal', (z) => z.literal('x'), { type: 'string', const: 'x' }],
  ['words', (z) => z.enum(['a', 'b']), { type: 'string', enum: ['a', 'b'] }],
  ['one of several', (z) => z.union([z.string(), z.object({})]), { anyOf: [{ type: 'string' }, { type: 'object', properties: {} }] }],
  ['what goes into a transformation', (z) => z.string().transform(Number), { type: 'string' }],
  ['what goes into a pipe', (z) => z.string().pipe(z.coerce.number()), { type: 'string' }],
  ['a refinement', (z) => z.string().refine(() => false), { type: 'string' }],
  ['a brand', (z) => z.string().brand('Id'), { type: 'string' }],
  ['a description', (z) => z.string().describe('the name'), { type: 'string', description: 'the name' }],
  ['anything', (z) => z.object({ a: z.any(), b: z.unknown() }), { type: 'object', properties: { a: {}, b: {} } }],
  ['a date', (z) => z.date(), { type: 'string', format: 'date-time' }],
  ['a bigint', (z) => z.bigint(), { type: 'integer' }],
  ['nothing', (z) => z.never(), { not: {} }],
  ['null', (z) => z.null(), { type: 'null' }],
]

for (const [title, make, expected] of SHARED) {
  test(`zod 3: ${title}`, async () => assert.deepEqual(withoutAny(await convert(make(three)), title), expected))
  test(`zod 4: ${title}`, async () => assert.deepEqual(withoutAny(await convert(make(four)), title), expected))
}

/** zod 4 wants a key that may hold anything, zod 3 does not know whether it is there. */
function withoutAny(schema: JsonSchema, title: string): JsonSchema {
  if (title !== 'anything') return schema
  const { required: _, ...rest } = schema
  return rest
}

test('zod 3: formats and patterns of text', async () => {
  const schema = three.object({
    email: three.string().email(),
    url: three.string().url(),
    id: three.string().uuid(),
    at: three.string().datetime(),
    ip: three.string().ip({ version: 'v4' }),
    code: three.string().regex(/^[A-Z]{3}$/),
    path: three.string().startsWith('/a.').endsWith('$'),
  })
  const { properties } = (await convert(schema)) as { properties: object }
  assert.deepEqual(properties, {
    email: { type: 'string', format: 'email' },
    url: { type: 'string', format: 'uri' },
    id: { type: 'string', format: 'uuid' },
    at: { type: 'string', format: 'date-time' },
    ip: { type: 'string', format: 'ipv4' },
    code: { type: 'string', pattern: '^[A-Z]{3}$' },
    path: { type: 'string', allOf: [{ pattern: '^\\/a\\.' }, { pattern: '\\$$' }] },
  })
})

test('zod 3: tuples, records, maps, sets', async () => {
  const schema = three.object({
    pair: three.tuple([three.string(), three.number()]),
    rest: three.tuple([three.string()]).rest(three.number()),
    record: three.record(three.number()),
    named: three.record(three.enum(['a']), three.number()),
    map: three.map(three.string(), three.boolean()),
    set: three.set(three.string()),
  })
  const { properties } = (await convert(schema)) as { properties: object }
  assert.deepEqual(properties, {
    pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }], minItems: 2, maxItems: 2, additionalItems: false },
    rest: { type: 'array', items: [{ type: 'string' }], minItems: 1, additionalItems: { type: 'number' } },
    record: { type: 'object', additionalProperties: { type: 'number' } },
    named: { type: 'object', additionalProperties: { type: 'number' }, propertyNames: { type: 'string', enum: ['a'] } },
    map: { type: 'object', additionalProperties: { type: 'boolean' } },
    set: { type: 'array', uniqueItems: true, items: { type: 'string' } },
  })
})

test('zod 3: values that may be null', async () => {
  assert.deepEqual(await convert(three.string().nullable()), { type: ['string', 'null'] })
  assert.deepEqual(await convert(three.enum(['a']).nullable()), { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] })
  const schema = three.object({ a: three.string().nullish() })
  assert.deepEqual(await convert(schema), { type: 'object', properties: { a: { type: ['string', 'null'] } } })
})

test('zod 3: enums of TypeScript', async () => {
  const numbers = { Up: 0, Down: 1, 0: 'Up', 1: 'Down' }
  assert.deepEqual(await convert(three.nativeEnum(numbers)), { type: 'number', enum: [0, 1] })
  assert.deepEqual(await convert(three.nativeEnum({ A: 'a', B: 2 })), { type: ['string', 'number'], enum: ['a', 2] })
})

test('zod 3: both of two', async () => {
  const schema = three.intersection(three.object({ a: three.string() }), three.record(three.number()))
  assert.deepEqual((await convert(schema)).allOf, [
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    { type: 'object', additionalProperties: { type: 'number' } },
  ])
})

test('zod 3: discriminated unions', async () => {
  const [a, b] = ['a', 'b'].map((kind) => three.object({ kind: three.literal(kind) }))
  const branch = (kind: string) => ({
    type: 'object',
    properties: { kind: { type: 'string', const: kind } },
    required: ['kind'],
  })
  assert.deepEqual(await convert(three.discriminatedUnion('kind', [a, b])), { anyOf: [branch('a'), branch('b')] })
})

test('zod 3: a schema that contains itself', async () => {
  const node: any = three.object({ value: three.string(), next: three.lazy(() => node).optional() })
  assert.deepEqual(await convert(three.object({ first: node })), {
    type: 'object',
    properties: { first: { $ref: '#/definitions/__schema0' } },
    required: ['first'],
    definitions: {
      __schema0: {
        type: 'object',
        properties: { value: { type: 'string' }, next: { $ref: '#/definitions/__schema0' } },
        required: ['value'],
      },
    },
  })
})

test('zod 3: a key of a transformed optional value may be absent, and nothing of it is run', async () => {
  const fails = (): never => assert.fail('it was run')
  const schema = three.object({ a: three.string().optional().transform(fails), b: three.preprocess(fails, three.string()) })
  assert.deepEqual((await convert(schema)).required, ['b'])
})

test('zod 4: limits that every whole number has are left out', async () => {
  assert.deepEqual(await convert(four.int()), { type: 'integer' })
})

test('zod 4: a schema that contains itself', async () => {
  const node = four.object({
    value: four.string(),
    get next() {
      return node.optional()
    },
  })
  const schema = await convert(four.object({ first: node }))
  const [name] = Object.keys(schema.definitions as object)
  assert.deepEqual((schema.properties as JsonSchema).first, { $ref: `#/definitions/${name}` })
})

test('zod 4: what cannot be written allows anything', async () => {
  const schema = four.object({ map: four.map(four.string(), four.string()), custom: four.custom(() => true) })
  assert.deepEqual((await convert(schema)).properties, { map: {}, custom: {} })
})

test('zod 4: the smaller form, and the one that comes with zod 3', async () => {
  const expected = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
  assert.deepEqual(await convert(mini.object({ a: mini.string() })), expected)
  assert.deepEqual(await convert(v4in3.object({ a: v4in3.string() })), expected)
})

test('arktype', async () => {
  assert.deepEqual(await convert(type({ name: 'string', 'age?': 'number > 0', at: 'Date' })), {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'number', exclusiveMinimum: 0 }, at: { type: 'string', format: 'date-time' } },
    required: ['at', 'name'],
  })
})

test('a Standard Schema that tells its JSON Schema, and those that have a method for it', async () => {
  const schema = { type: 'string' }
  const standard = { version: 1, vendor: 'own', validate: () => ({}) }
  const told = { ...standard, jsonSchema: { input: () => ({ $schema: 'draft', ...schema }) } }
  assert.deepEqual(await convert({ '~standard': told }), schema)
  for (const name of ['toJSONSchema', 'toJsonSchema', 'toJSON']) {
    assert.deepEqual(await convert({ '~standard': standard, [name]: () => schema }), schema)
  }
})

test('a schema that tells nothing is refused, with what would help', async () => {
  await assert.rejects(convert({ '~standard': { version: 1, vendor: 'own' } }), (error) => {
    assert.ok(error instanceof NoJsonSchema)
    assert.equal(error.message, 'own gives none')
    return true
  })
  await assert.rejects(convert(valibot.object({})), (error) => {
    assert.ok(error instanceof NoJsonSchema)
    assert.equal(error.remedy, 'run `npm install @valibot/to-json-schema`')
    return true
  })
})

test('data is no schema', () => {
  for (const value of [null, undefined, 1, 'text', [], {}, { type: 'object' }, () => {}]) assert.equal(isSchema(value), false)
  for (const value of [three.string(), four.string(), type('string'), valibot.string()]) assert.equal(isSchema(value), true)
})
