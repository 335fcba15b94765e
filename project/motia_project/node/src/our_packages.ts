/**
 * `motia` and `@motiadev/core` are our runtime, whatever node_modules holds. Other packages of the original, plugins and
 * adapters, belong to its server: what imports them gets a stand-in that does nothing.
 */

import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'

const OURS = /^(motia|@motiadev\/core)(\/.*)?$/
const ORIGINAL = /^@motiadev\/(?!stream-client)/
const SPACE = 'motia-stand-in'
const REQUIRED = 'motia-required'

/** motia: the file that stands for the package. run: imported from outside. bundle: bundled. */
export function ourPackages(motia: string, mode: 'run' | 'bundle'): Plugin {
  return {
    name: 'motia-packages',
    setup(build) {
      build.onResolve({ filter: /^(motia|@motiadev\/core)(\/.*)?$/ }, ({ kind }) => {
        if (kind === 'entry-point') return undefined
        if (mode === 'run' && kind === 'require-call') return { path: motia, namespace: REQUIRED }
        return mode === 'run' ? { path: pathToFileURL(motia).href, external: true } : { path: motia, sideEffects: false }
      })
      // `require` of CommonJS knows no URLs, and before Node 22 no ES modules
      build.onLoad({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({
        contents: `export * from ${JSON.stringify(path)}`,
        loader: 'js'
      }))
      build.onResolve({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({ path: pathToFileURL(path).href, external: true }))
      build.onResolve({ filter: /^@motiadev\// }, ({ path, kind }) => {
        if (kind === 'entry-point' || OURS.test(path) || !ORIGINAL.test(path)) return undefined
        return { path, namespace: SPACE }
      })
      build.onLoad({ filter: /.*/, namespace: SPACE }, ({ path }) => ({ contents: standIn(path), loader: 'js' }))
    }
  }
}

/**
 * CommonJS, so that any name can be imported from it. Whatever is done with it gives itself. What esbuild makes of it for
 * `import` inherits from its prototype, which has every name as well.
 */
function standIn(path: string): string {
  const name = path.split('/').slice(0, 2).join('/')
  return `
const get = (target, key) => {
  if (key === Symbol.for('motia.stand_in')) return ${JSON.stringify(name)}
  if (key === Symbol.toPrimitive) return () => ${JSON.stringify(name)}
  if (key === 'prototype') return target.prototype
  return typeof key === 'symbol' || key === 'then' || key === '__esModule' ? undefined : nothing
}
const names = new Proxy(Object.create(null), { get })
const nothing = new Proxy(function () {}, {
  get,
  getPrototypeOf: () => names,
  apply: () => nothing,
  construct: () => nothing,
})
module.exports = nothing`
}
