/**
 * Modules that are not files of the project: where a bundle starts, and the Node runtime.
 *
 * They are in name spaces of their own, so that a bundle is the same wherever this tool is installed: esbuild writes the
 * names of modules into what it makes.
 */

import { readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import type { Plugin } from 'esbuild'

export const ENTRY = 'motia-entry'
export const RUNTIME = 'motia'

const OURS = /^(motia|@motiadev\/core)(\/.*)?$/
const PREFIX = '@motia/runtime/'

/** entries: name -> source. runtime: folder of the Node runtime's sources. */
export function ownSources(root: string, runtime: string, entries: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'motia-own-sources',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${ENTRY}:`) }, ({ path }) => ({
        path: path.slice(ENTRY.length + 1),
        namespace: ENTRY
      }))
      build.onLoad({ filter: /.*/, namespace: ENTRY }, ({ path }) => ({
        contents: entries[path]!,
        loader: 'js',
        resolveDir: root
      }))
      build.onResolve({ filter: OURS }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: 'index.ts', namespace: RUNTIME, sideEffects: false }
      )
      build.onResolve({ filter: /^@motia\/runtime\// }, ({ path }) => module(path.slice(PREFIX.length)))
      build.onResolve({ filter: /^\.{1,2}\//, namespace: RUNTIME }, ({ path, importer }) =>
        module(posix.join(posix.dirname(importer), path))
      )
      build.onLoad({ filter: /.*/, namespace: RUNTIME }, async ({ path }) => {
        const file = join(runtime, path)
        return { contents: await readFile(file, 'utf8'), loader: 'ts', resolveDir: dirname(file), watchFiles: [file] }
      })
    }
  }
}

function module(path: string): { path: string; namespace: string } {
  return { path, namespace: RUNTIME }
}
