/** What a value is, in a sentence. */

/** The name of the value's kind with its article: "an object", "a number", "null". */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  if (typeof name !== 'string' || !name || name === 'Object') return 'an object'
  return `${'AEIOU'.includes(name[0]!.toUpperCase()) ? 'an' : 'a'} ${name}`
}

/** A text as it is shown in a message: in quotes, with what cannot be seen escaped. */
export function quoted(text: string): string {
  const inner = text.replace(/[\\\p{Cc}\p{Cs}]/gu, escaped)
  if (!inner.includes("'")) return `'${inner}'`
  return inner.includes('"') ? `'${inner.replaceAll("'", "\\'")}'` : `"${inner}"`
}

/** Any value in a message: a text in quotes, a small value as JSON, another by its kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return kindOf(value)
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  try {
    const text = JSON.stringify(value)
    return text.length <= 200 ? text : `${text.slice(0, 200)}...`
  } catch {
    return kindOf(value)
  }
}

const NAMED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  if (NAMED[character]) return NAMED[character]
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
