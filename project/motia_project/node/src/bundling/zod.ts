/**
 * `import { z } from 'zod'` as `import * as z from 'zod'`, in the project's own files.
 *
 * Both are the same object to the code, but of a name that a package exports as an object esbuild keeps all of it, which
 * for zod is every language and every schema: five times the code that a Step needs, read at every cold start.
 */

import { readFile } from 'node:fs/promises'
import { dirname, extname, sep } from 'node:path'
import { withPlace } from '@motia/project/places.ts'
import type { Loader, Plugin, PluginBuild } from 'esbuild'

/** What may stand before an import and cannot hide that it is one: space, comments, other imports, directives. */
const BEFORE = /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|import\b[^'"`;()]*(?:'[^'\n]*'|"[^"\n]*");?|(?:'use \w+'|"use \w+");?/y
const IMPORT = /^([ \t]*)import\s+(?!type\b)([^'"`;()]+?)\s+from\s*(['"])(zod(?:\/[\w./-]+)?)\3/gm
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.jsx': 'jsx',
  '.mts': 'ts',
  '.mjs': 'js'
}

export function zodByName(root: string): Plugin {
  return {
    name: 'motia-zod',
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        if (path.split(sep).includes('node_modules')) return undefined
        const text = await readFile(path, 'utf8').catch(() => '')
        if (!/\bfrom\s*['"]zod/.test(text)) return undefined
        const contents = byName(text)
        if (contents === text || !(await isZod(build, path))) return undefined
        const placed = withPlace({ root, mode: 'bundle' }, path, contents)
        return { contents: placed, loader: build.initialOptions.loader?.[extname(path)] ?? LOADERS[extname(path)]! }
      })
    }
  }
}

/** The source with the imports rewritten; lines stay lines. */
export function byName(text: string): string {
  return text.replace(IMPORT, (whole, indent: string, clause: string, _quote: string, from: string, at: number) => {
    const changed = isImport(text, at) ? rewritten(clause, from) : undefined
    return changed ? indent + changed + '\n'.repeat(whole.split('\n').length - 1) : whole
  })
}

/** Whether what looks like an import at `at` is one, and no part of a string or a comment. */
function isImport(text: string, at: number): boolean {
  BEFORE.lastIndex = 0
  while (BEFORE.lastIndex < at) if (!BEFORE.test(text)) return false
  return BEFORE.lastIndex === at
}

/** clause: what stands between `import` and `from`. undefined: it takes nothing that is the whole of zod. */
function rewritten(clause: string, from: string): string | undefined {
  const [, alone, listed] = /^([\w$]+)?\s*,?\s*(?:\{([^{}]*)\})?$/.exec(clause) ?? []
  const names = (listed ?? '').split(',').map((name) => name.trim().replace(/\s+/g, ' ')).filter(Boolean)
  const objects = [...(alone ? [alone] : []), ...names.filter(isWhole).map((name) => name.replace(/^.* as /, ''))]
  if (!objects.length) return undefined
  const others = names.filter((name) => !isWhole(name))
  const lines = objects.map((name) => `import * as ${name} from '${from}'`)
  return [...lines, ...(others.length ? [`import { ${others.join(', ')} } from '${from}'`] : [])].join('; ')
}

function isWhole(name: string): boolean {
  return /^(?:z|default as [\w$]+|z as [\w$]+)$/.test(name)
}

async function isZod(build: PluginBuild, path: string): Promise<boolean> {
  const { path: found } = await build.resolve('zod', { kind: 'import-statement', importer: path, resolveDir: dirname(path) })
  return found.split(sep).join('/').includes('/node_modules/zod/')
}
