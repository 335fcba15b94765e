/** Makes calls that a test wrote down: [["state.set", "group", "key", 1], ["emit", {...}], ["traceId"]]. */

export type Call = [path: string, ...given: unknown[]]

class Answered {
  status = 202
  body = { kind: 'object' }
}

const SPECIAL: Record<string, () => unknown> = {
  nan: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  bytes: () => Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
  datetime: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
  set: () => new Set([1]),
  map: () => new Map([['x', 1]]),
  undefined: () => undefined,
  bigint: () => 5n,
  json: () => ({ toJSON: () => ({ from: 'toJSON' }) }),
  object: () => Promise.resolve(1),
  response: () => new Answered(),
}

/** {"$": name} anywhere in a value is what JSON cannot carry. */
export function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (value === null || typeof value !== 'object') return value
  if ('$' in value) return SPECIAL[String(value.$)]!()
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]))
}

/** What each call gave: {"value", "kind"}, or {"error", "text"}. */
export async function run(calls: Call[], context: unknown): Promise<object[]> {
  const results: object[] = []
  for (const [path, ...given] of calls) results.push(await one(camel(path), given.map(revive), context))
  return results
}

/** The names of this language: get_group is getGroup, trace_id is traceId. */
function camel(path: string): string {
  return path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

async function one(path: string, given: unknown[], context: unknown): Promise<object> {
  try {
    if (path === 'environ') return { value: process.env[String(given[0])] ?? null }
    let owner: any
    let target: any = context
    for (const part of path.split('.')) [owner, target] = [target, target[part]]
    const result = typeof target === 'function' ? await target.apply(owner, given) : target
    return { value: result ?? null, kind: kind(result) }
  } catch (error) {
    const failure = error as Error
    return { error: failure.name, text: failure.message }
  }
}

/** What a value is, in the words of the tests. */
export function kind(value: unknown): string {
  if (Buffer.isBuffer(value)) return 'bytes'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'str'
  if (value !== null && typeof value === 'object') return 'dict'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return value === null || value === undefined ? 'NoneType' : typeof value
}
