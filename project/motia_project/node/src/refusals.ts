/**
 * What cannot be compiled must not keep the rest from running: such a file becomes a module that throws, with the
 * reason, where it is imported. So everything that needs it fails, as it would for an error of its own, and nothing else.
 */

export interface Refusal {
  /** One sentence. */
  readonly what: string
  readonly remedy?: string | undefined
  /** Place and line of source, as text. */
  readonly traceback: string
}

/** By the source file, absolute. */
export type Refusals = Map<string, Refusal>

const KEY = 'motia.refusal'

/** The key of an error under which its refusal is: such an error is reported in the refusal's words. */
export const REFUSAL: unique symbol = Symbol.for(KEY) as never

/** The refusal that an error thrown by `import` stands for. */
export function refusalOf(error: unknown): Refusal | undefined {
  return typeof error === 'object' && error !== null ? (error as { [REFUSAL]?: Refusal })[REFUSAL] : undefined
}

/** Source of the module; CommonJS, so that any name can be imported from it. */
export function throwing(refusal: Refusal): string {
  const error = `new Error(${JSON.stringify(refusal.what)})`
  return `module.exports = {}; throw Object.assign(${error}, { [Symbol.for('${KEY}')]: ${JSON.stringify(refusal)} })`
}
