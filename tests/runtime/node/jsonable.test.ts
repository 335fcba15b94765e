/** What Steps hand over becomes JSON, or an error that names the place. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { StateError } from '@motia/runtime/errors.ts'
import { dumps, jsonable } from '@motia/runtime/jsonable.ts'

class Money {
  readonly #cents: number
  readonly currency = 'EUR'

  constructor(cents: number) {
    this.#cents = cents
  }

  toJSON(key: string): unknown {
    return { [key || 'amount']: this.#cents / 100 }
  }
}

class Point {
  readonly x = 1
  readonly hidden = undefined
  move(): void {}
}

const GIVEN: [string, unknown, unknown][] = [
  ['null', null, null],
  ['undefined', undefined, null],
  ['a function', () => {}, null],
  ['numbers', [0, 1.5, 1e300], [0, 1.5, 1e300]],
  ['undefined members', { a: undefined, b: 1, c: () => {}, d: Symbol('x') }, { b: 1 }],
  ['undefined items', [undefined, () => {}, Symbol('x')], [null, null, null]],
  ['a Date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['a Map', new Map<unknown, unknown>([['a', new Map([[1, true]])]]), { a: { 1: true } }],
  ['a Set', new Set([1, new Set(['a'])]), [1, ['a']]],
  ['a BigInt', { n: 5n }, { n: 5 }],
  ['toJSON', { price: new Money(150) }, { price: { price: 1.5 } }],
  ['an instance', new Point(), { x: 1 }],
  ['boxed values', [new Number(1), new String('a'), new Boolean(false)], [1, 'a', false]],
  ['a Buffer', Buffer.from('a'), { type: 'Buffer', data: [97] }],
  ['a typed array', new Float32Array([1, 0.5]), [1, 0.5]],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ['a key named __proto__', JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"a": 1}}')],
  ['an error', new Error('no'), {}],
  ['a hole', new Array(2), [null, null]],
]

for (const [name, value, expected] of GIVEN) {
  test(`${name} becomes JSON`, () => {
    assert.deepEqual(jsonable(value, 'value', StateError), expected)
    assert.equal(dumps(value, 'value', StateError).toString(), JSON.stringify(expected))
  })
}

const cycle: Record<string, unknown> = { list: [] }
cycle.list = [cycle]
let deep: unknown = 1
for (let depth = 0; depth < 5_000; depth += 1) deep = [deep]

const REFUSED: [string, unknown, string][] = [
  ['NaN', { items: [{}, { price: NaN }] }, 'value.items[1].price is not JSON: NaN is not a JSON number'],
  ['Infinity', -Infinity, 'value is not JSON: -Infinity is not a JSON number'],
  ['a strange key', { 'a b': { '0x': NaN } }, 'value["a b"]["0x"] is not JSON'],
  ['NaN in a Map', new Map([['a', new Set([NaN])]]), 'value.a[0] is not JSON'],
  ['NaN of a toJSON', { m: new Money(NaN) }, 'value.m.m is not JSON'],
  ['a large BigInt', [2n ** 64n], 'value[0] is not JSON: 18446744073709551616n is larger than a JSON number can be'],
  ['an invalid Date', { at: new Date(NaN) }, 'value.at is not JSON: it is an invalid Date'],
  ['a promise', { user: Promise.resolve(1) }, 'value.user is not JSON: it is a Promise; await it'],
  ['a key that is an object', new Map([[{}, 1]]), 'value is not JSON: the key an object is not a string'],
  ['an ArrayBuffer', { b: new ArrayBuffer(2) }, 'value.b is not JSON: it is an ArrayBuffer'],
  ['a cycle', cycle, 'value.list[0] is not JSON: it contains itself'],
  ['depth', deep, 'is not JSON: it is nested too deeply'],
]

for (const [name, value, what] of REFUSED) {
  test(`${name} is refused with its place`, () => {
    for (const call of [jsonable, dumps]) {
      assert.throws(
        () => call(value, 'value', StateError),
        (error) => error instanceof StateError && error.what.includes(what) && error.what.length < 200 && !!error.remedy,
      )
    }
  })
}

test('half of a surrogate pair is refused where it is kept, and escaped where it is sent', () => {
  assert.throws(() => jsonable({ a: ['\ud800'] }, 'data', StateError), /data\.a\[0\] is not JSON: it holds half/)
  assert.equal(dumps('\ud800', 'body', StateError).toString(), '"\\ud800"')
})

test('the same value twice is no cycle', () => {
  const one = { a: 1 }
  assert.deepEqual(jsonable([one, { one }], 'value', StateError), [one, { one }])
})

test('later changes do not reach the copy', () => {
  const given = { list: [1] }
  const copy = jsonable(given, 'value', StateError)
  given.list.push(2)
  assert.deepEqual(copy, { list: [1] })
})

test('what a toJSON or a getter throws is thrown', () => {
  const hostile = {
    get a(): never {
      throw new TypeError('mine')
    },
  }
  assert.throws(() => jsonable(hostile, 'value', StateError), { name: 'TypeError', message: 'mine' })
})
