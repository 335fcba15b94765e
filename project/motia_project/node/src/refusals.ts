/**
 * What cannot be compiled must not keep the rest from running: such a file becomes a module that throws, with the
 * reason, where it is imported. So everything that needs it fails, as it would for an error of its own, and nothing else.
 */

import type { PluginBuild } from 'esbuild'

export interface Refusal {
  /** One sentence. */
  readonly what: string
  readonly remedy?: string | undefined
  /** Place and line of source, as text. */
  readonly traceback: string
}

/** By the source file, absolute: all that is wrong with it. */
export type Refusals = Map<string, readonly Refusal[]>

const KEY = 'motia.refusal'

/** The key of an error under which its refusals are, or one: such an error is reported in the words of these. */
export const REFUSAL: unique symbol = Symbol.for(KEY) as never

/** The refusals that an error thrown by `import` stands for; none if it is another. */
export function refusalsOf(error: unknown): readonly Refusal[] {
  const found = typeof error === 'object' && error !== null ? (error as { [REFUSAL]?: Refusal | Refusal[] })[REFUSAL] : undefined
  return found === undefined ? [] : [found].flat()
}

const SPACE = 'motia-refused'

/**
 * Source of a refused file. Any name can be imported from CommonJS, and in a project of `"type": "module"` no file of
 * its own is CommonJS: what throws lies elsewhere.
 */
export function refusedSource(path: string): string {
  const inner = JSON.stringify(`${SPACE}:${path}`)
  return `export * from ${inner}; export { default } from ${inner}`
}

/** Makes the modules that throw. */
export function throwing(build: PluginBuild, refusals: Refusals): void {
  build.onResolve({ filter: new RegExp(`^${SPACE}:`) }, ({ path }) => ({ path: path.slice(SPACE.length + 1), namespace: SPACE }))
  build.onLoad({ filter: /.*/, namespace: SPACE }, ({ path }) => {
    const found = refusals.get(path) ?? []
    const error = `new Error(${JSON.stringify(found[0]?.what)})`
    const key = `[Symbol.for('${KEY}')]`
    return { contents: `module.exports = {}; throw Object.assign(${error}, { ${key}: ${JSON.stringify(found)} })` }
  })
}
