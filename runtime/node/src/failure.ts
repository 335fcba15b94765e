/** Errors as data: message, name, and a stack that shows the user's frames and not ours. */

/** Where this project's own source is, by the source maps: in a wheel, in its repository, in a bundle. */
const OURS = /(?:\/(?:motia|runtime)\/node\/src\/|[ (]motia(?:-entry)?:)(?:[a-z]+\/)?[\w.-]+:\d/
/** What the source map of a compiled Step does not map: helpers of esbuild, such as that of `import(`./${name}.ts`)`. */
const UNMAPPED = /\/\.motia\/compiled\/.*\.mjs:\d/
const MACHINERY = /^\s*at (?:(?:.*\()?node:|new Promise \(<anonymous>\))/
const FRAME = /^\s*at /

let hidden: string[] = []

/** Leave the frames of this folder's files out as well, from now on. */
export function hide(folder: string): void {
  if (!hidden.includes(folder)) hidden = [...hidden, folder]
}

export interface Described {
  message: string
  stack: string
  name: string
  code?: Code
  [field: string]: unknown
}

/** What an error may say of itself for programs to read, such as `ECONNREFUSED`. */
export type Code = string | number

/** `{message, stack, name, code?}` of what was thrown, for a log record or a trace. Never throws. */
export function describe(error: unknown): Described {
  const found = code(error)
  return { message: message(error), stack: stack(error), name: name(error), ...(found !== undefined && { code: found }) }
}

/** The stack without the frames of this project and of Node itself; causes included. Never throws. */
export function stack(error: unknown, seen: ReadonlySet<unknown> = new Set()): string {
  try {
    if (!(error instanceof Error)) return `${name(error)}: ${message(error)}`
    const whole = typeof error.stack === 'string' ? error.stack : ''
    const own = whole.split('\n').filter((line) => !FRAME.test(line) || !isOurs(line))
    const lines = own.join('\n').trimEnd() || `${name(error)}: ${message(error)}`
    const inside = new Set([...seen, error])
    const below = [...(error instanceof AggregateError ? error.errors : []), error.cause]
    const causes = below.filter((cause) => cause !== undefined && cause !== null && !inside.has(cause))
    return [lines, ...causes.map((cause) => `Caused by: ${stack(cause, inside)}`)].join('\n')
  } catch {
    return `${name(error)}: ${message(error)}`
  }
}

/** The name of what was thrown: of its class, or `Error` for what is no error. */
export function name(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) || 'Error' : 'Error'
  } catch {
    return 'Error'
  }
}

/** The `code` of what was thrown, if it has one that is a text or a number. */
export function code(error: unknown): Code | undefined {
  try {
    const found: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    return typeof found === 'string' || (typeof found === 'number' && Number.isFinite(found)) ? found : undefined
  } catch {
    return undefined
  }
}

/** What was thrown, in words. */
export function message(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message)
    return typeof error === 'object' && error !== null ? JSON.stringify(error) : String(error)
  } catch {
    return 'an error whose text cannot be made'
  }
}

function isOurs(line: string): boolean {
  return MACHINERY.test(line) || OURS.test(line) || UNMAPPED.test(line) || hidden.some((folder) => line.includes(folder))
}
