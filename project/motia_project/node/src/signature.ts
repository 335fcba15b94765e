/** What a handler can be called with. */

export interface Shape {
  readonly callable: boolean
  /** Positional arguments that it must have; it accepts any number. */
  readonly required: number
  readonly accepts: null
  readonly keyword_only: readonly string[]
  /** The parameters as written; for what is no function, its kind. */
  readonly text: string
  readonly kind: 'function' | 'generator' | 'class'
}

export function describe(handler: unknown): Shape {
  if (typeof handler !== 'function') {
    const text = handler === null ? 'null' : Array.isArray(handler) ? 'array' : typeof handler
    return { callable: false, required: 0, accepts: null, keyword_only: [], text, kind: 'function' }
  }
  const shape = { callable: true, required: handler.length, accepts: null, keyword_only: [], text: parameters(handler) }
  return { ...shape, kind: kindOf(handler) }
}

/** Whether it can only be called with `new`. */
export function isClass(value: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value))
}

function kindOf(handler: Function): Shape['kind'] {
  if (isClass(handler)) return 'class'
  return String((handler as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]).endsWith('GeneratorFunction') ? 'generator' : 'function'
}

/** The text between the function's first parentheses, with them. */
function parameters(handler: Function): string {
  const source = Function.prototype.toString.call(handler)
  const single = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source)
  if (single) return `(${single[1]})`
  const start = source.indexOf('(')
  let depth = 0
  for (let index = start; index >= 0 && index < source.length; index += 1) {
    if ('([{'.includes(source[index]!)) depth += 1
    if (')]}'.includes(source[index]!)) depth -= 1
    if (depth === 0) return source.slice(start, index + 1).replace(/\s+/g, ' ')
  }
  return '(...)'
}
