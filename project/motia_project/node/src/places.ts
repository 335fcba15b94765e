/**
 * `__dirname`, `__filename` and `import.meta.url` of a project's file mean the place of its source, not that of the
 * compiled file: beside it lie the files that the code wants to read.
 *
 * esbuild replaces the names by properties of one variable. Files of the project that use them declare it; everything
 * else, packages in a bundle, sees the one at the top of the output.
 */

import { readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Loader, Plugin } from 'esbuild'
import { type Refusals, refusedSource, throwing } from './refusals.ts'

export interface Place {
  readonly root: string
  readonly mode: 'run' | 'bundle'
}

const NAME = '__motia_place'

/** For esbuild's `define`. */
export const PLACE_NAMES: Readonly<Record<string, string>> = {
  __dirname: `${NAME}.dirname`,
  __filename: `${NAME}.filename`,
  'import.meta.dirname': `${NAME}.dirname`,
  'import.meta.filename': `${NAME}.filename`,
  'import.meta.url': `${NAME}.url`
}

const USES = /__dirname|__filename|import\.meta/
const CODE = /\.[cm]?[jt]sx?$/
const LOADERS: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.cjs': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.cts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx'
}

/** Goes to the top of every output. In a bundle `__motia_at` finds a file by its path from the project's root. */
export function placeBanner(mode: Place['mode']): string {
  const own = `{ dirname: import.meta.dirname, filename: import.meta.filename, url: import.meta.url }`
  if (mode === 'run') return `var ${NAME} = ${own}`
  return [
    `import { dirname as __motia_dirname, join as __motia_join } from 'node:path'`,
    `import { pathToFileURL as __motia_url } from 'node:url'`,
    `var ${NAME} = ${own}`,
    `function __motia_at(path) { const filename = __motia_join(import.meta.dirname, path); ` +
      `return { filename, dirname: __motia_dirname(filename), url: __motia_url(filename).href } }`
  ].join('; ')
}

/** Declares the variable in the project's files that use it, and compiles refused files to modules that throw. */
export function sourcePlaces(place: Place, refusals?: Refusals): Plugin {
  return {
    name: 'motia-places',
    setup(build) {
      if (refusals) throwing(build, refusals)
      const loaders = { ...LOADERS, ...build.initialOptions.loader }
      build.onLoad({ filter: refusals ? /.*/ : CODE, namespace: 'file' }, async ({ path }) => {
        if (refusals?.has(path)) return { contents: refusedSource(path), loader: 'js' }
        if (!CODE.test(path) || isLeftAlone(place, path)) return undefined
        const text = await readFile(path, 'utf8').catch(() => '') // esbuild says better what is wrong with the file
        if (!USES.test(text)) return undefined
        return { contents: declared(text, valueFor(place, path)), loader: loaders[extname(path)]! }
      })
    }
  }
}

/** Packages in a bundle are many, and their files are not there when it runs. */
function isLeftAlone({ mode }: Place, path: string): boolean {
  return mode === 'bundle' && path.split(sep).includes('node_modules')
}

/** Characters that a first line with a declaration is longer than the source's. */
export function lengthOfDeclaration(place: Place, path: string, text: string): number {
  return USES.test(text) && !text.startsWith('#!') ? declaration(valueFor(place, path)).length : 0
}

/** A file's text as this plugin gives it to esbuild, for one that changes more in it. */
export function withPlace(place: Place, path: string, text: string): string {
  return USES.test(text) ? declared(text, valueFor(place, path)) : text
}

function declared(text: string, value: string): string {
  const start = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0 // a hashbang must stay the first line
  return text.slice(0, start) + declaration(value) + text.slice(start)
}

function declaration(value: string): string {
  return `var ${NAME} = ${value}; `
}

function valueFor(place: Place, path: string): string {
  if (place.mode === 'run') {
    return JSON.stringify({ filename: path, dirname: join(path, '..'), url: pathToFileURL(path).href })
  }
  return `__motia_at(${JSON.stringify(relative(place.root, path).split(sep).join('/'))})`
}
