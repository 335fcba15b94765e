/**
 * What is wrong with a text that is not JSON, in the words of Python's `json`, so that a client reads the same whatever
 * language a Step is in. JSON.parse finds out whether; its words change with the version of Node.
 */

class Fault {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const CONSTANT = /true|false|null/y
const FOREIGN = /NaN|-?Infinity/y
const PLAIN = /[^"\\\u0000-\u001f]*/y
const PROPERTY = 'Expecting property name enclosed in double quotes'

/** Such as `Expecting value: line 1 column 8 (char 7)`; undefined when nothing is wrong. Its nesting is limited. */
export function fault(text: string): string | undefined {
  try {
    const end = skip(text, value(text, skip(text, 0)))
    if (end < text.length) fail('Extra data', text, end)
    return undefined
  } catch (found) {
    if (found instanceof Fault) return found.text
    throw found
  }
}

/** Where the value at `at` ends. */
function value(text: string, at: number): number {
  switch (text[at]) {
    case '"':
      return string(text, at)
    case '{':
      return object(text, at)
    case '[':
      return array(text, at)
  }
  const constant = match(CONSTANT, text, at)
  if (constant) return at + constant.length
  const foreign = match(FOREIGN, text, at)
  if (foreign) throw new Fault(`${foreign} is not JSON`)
  const number = match(NUMBER, text, at)
  return number ? at + number.length : fail('Expecting value', text, at)
}

function object(text: string, start: number): number {
  let at = skip(text, start + 1)
  if (text[at] === '}') return at + 1
  for (;;) {
    if (text[at] !== '"') fail(PROPERTY, text, at)
    at = skip(text, string(text, at))
    if (text[at] !== ':') fail("Expecting ':' delimiter", text, at)
    at = skip(text, value(text, skip(text, at + 1)))
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') fail("Expecting ',' delimiter", text, at)
    at = skip(text, at + 1)
  }
}

function array(text: string, start: number): number {
  let at = skip(text, start + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    at = skip(text, value(text, at))
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') fail("Expecting ',' delimiter", text, at)
    at = skip(text, at + 1)
  }
}

function string(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    at += match(PLAIN, text, at).length
    const next = text[at]
    if (next === '"') return at + 1
    if (next === undefined) fail('Unterminated string starting at', text, start)
    if (next !== '\\') fail('Invalid control character at', text, at)
    const escape = text[at + 1]
    if (escape === undefined) fail('Unterminated string starting at', text, start)
    if (escape === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))) fail('Invalid \\uXXXX escape', text, at + 1)
      at += 6
    } else if ('"\\/bfnrt'.includes(escape!)) at += 2
    else fail('Invalid \\escape', text, at)
  }
}

function skip(text: string, at: number): number {
  return at + match(SPACE, text, at).length
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function fail(what: string, text: string, at: number): never {
  const before = text.slice(0, at)
  const lines = before.split('\n')
  const column = characters(lines[lines.length - 1]!) + 1
  throw new Fault(`${what}: line ${lines.length} column ${column} (char ${characters(before)})`)
}

/** Python counts characters, not UTF-16 units. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}
