/**
 * What a bundle leaves outside: packages with compiled code, those that esbuild.config.json calls external, and native
 * addons. They are imported from `node_modules/` of the bundle, where the files are copied to.
 *
 * Any name can be imported from a CommonJS package, as if it were bundled.
 */

import { existsSync, realpathSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { Formats } from '@motia/project/packages.ts'
import type { Message, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { Natives } from './natives.ts'

const SPACE = 'motia-outside'
const ASKED = Symbol('asked')
const LAZY: ReadonlySet<string> = new Set(['require-call', 'dynamic-import'])
const LOCAL = /^(\.{1,2}\/|\/)/

/** What was left outside. A module that is made for one of these has the place as its name. */
export class Outside {
  /** Name of a package -> its folders; more than one is one too many. */
  readonly packages = new Map<string, Set<string>>()
  /** Path in the bundle -> file. */
  readonly addons = new Map<string, string>()
  /** Packages that are external by the project's will and are not installed, with who imports them. */
  readonly missing = new Map<string, string>()
  /** What packages import when they run and cannot be found, by `wish`. */
  readonly lazy = new Map<string, Wish>()
  /** Those of them that esbuild does not put up with by itself, for they are not inside of `try`. */
  readonly allowed = new Set<string>()

  /** Whether some code looks for a file beside itself. */
  looksBeside = false

  /** Put up with these errors, for the next round; whether there is any to try it for. */
  allow(root: string, errors: readonly Message[]): boolean {
    const known = this.allowed.size
    for (const { text, location } of errors) {
      const name = UNRESOLVED.exec(text)?.[1]
      const key = name && location && wish(resolve(root, location.file), name)
      if (key && this.lazy.has(key)) this.allowed.add(key)
    }
    return this.allowed.size > known
  }
}

/** importer: absolute. name: as it is imported. */
export interface Wish {
  readonly importer: string
  readonly name: string
}

export const UNRESOLVED = /^Could not resolve "([^"]+)"/

function wish(importer: string, name: string): string {
  return `${name} ${importer}`
}

/** external: patterns of esbuild's option, with `*` for anything. */
export function leftOutside(root: string, external: readonly string[], outside: Outside): Plugin {
  return {
    name: 'motia-outside',
    setup(build) {
      const wanted = external.map(pattern)
      const resolver = new Resolver(build, root, wanted, outside)
      build.onResolve({ filter: /.*/, namespace: SPACE }, ({ path }) => ({ path, external: true }))
      build.onResolve({ filter: /\.node$/ }, (args) => resolver.addon(args))
      build.onResolve({ filter: /^([^./]|\.[^./])/ }, (args) => resolver.bare(args))
      build.onLoad({ filter: /.*/, namespace: SPACE }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)})`,
        loader: 'js'
      }))
    }
  }
}

class Resolver {
  readonly #natives = new Natives()
  readonly #formats = new Formats()

  readonly #build: PluginBuild
  readonly #root: string
  readonly #external: readonly RegExp[]
  readonly #outside: Outside

  constructor(build: PluginBuild, root: string, external: readonly RegExp[], outside: Outside) {
    this.#build = build
    this.#root = root
    this.#external = external
    this.#outside = outside
  }

  async bare(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (isOurs(args) || isBuiltin(args.path) || LOCAL.test(args.path)) return undefined
    const name = packageName(args.path)
    if (this.#external.some((one) => one.test(args.path) || one.test(name))) {
      const folder = installed(name, args.resolveDir)
      if (!folder) this.#outside.missing.set(name, args.importer)
      else this.#left(name, folder)
      return this.#imported(args, folder && fileOf(args, folder))
    }
    const { kind, importer, resolveDir } = args
    const found = await this.#build.resolve(args.path, { kind, importer, resolveDir, pluginData: ASKED, with: args.with })
    if (found.errors.length > 0) return this.#lazy(args)
    if (found.external || found.namespace !== 'file') return undefined
    const folder = packageFolder(found.path, name)
    if (!folder || !this.#natives.isNative(folder)) return undefined
    this.#left(name, folder)
    return this.#imported(args, found.path)
  }

  /** A native addon that the project's own code names. */
  async addon(args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (isOurs(args) || !LOCAL.test(args.path)) return undefined
    const { kind, importer, resolveDir } = args
    const found = await this.#build.resolve(args.path, { kind, importer, resolveDir, pluginData: ASKED })
    if (found.errors.length > 0 || found.external) return undefined
    const inside = relative(this.#root, found.path).split(sep).join('/')
    const place = inside.startsWith('../') || inside.includes('node_modules/') ? `addons/${basename(inside)}` : inside
    this.#outside.addons.set(place, found.path)
    const path = `./${place}`
    return isRequire(kind) ? { path, external: true } : { path, namespace: SPACE }
  }

  /** A package may name drivers of which an application installs one: they are its failure when it wants them. */
  #lazy({ path, kind, importer }: OnResolveArgs): OnResolveResult | undefined {
    if (!LAZY.has(kind) || !importer.split(sep).includes('node_modules')) return undefined
    const key = wish(importer, path)
    this.#outside.lazy.set(key, { importer, name: path })
    return this.#outside.allowed.has(key) ? { path, external: true } : undefined
  }

  #left(name: string, folder: string): void {
    const folders = this.#outside.packages.get(name) ?? new Set()
    this.#outside.packages.set(name, folders.add(realpathSync(folder)))
  }

  /** file: undefined for a package that is not there, which is then a failure of whoever imports it, when it does. */
  #imported({ path, kind }: OnResolveArgs, file: string | undefined): OnResolveResult {
    const isModule = file !== undefined && this.#formats.isModule(file)
    return isRequire(kind) || isModule ? { path, external: true } : { path, namespace: SPACE }
  }
}

function isOurs({ kind, pluginData }: OnResolveArgs): boolean {
  return kind === 'entry-point' || pluginData === ASKED
}

function isRequire(kind: OnResolveArgs['kind']): boolean {
  return kind === 'require-call' || kind === 'require-resolve'
}

/** `@scope/name` of `@scope/name/part`. */
export function packageName(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') || specifier.startsWith('.') ? 2 : 1).join('/')
}

/** The folder of a package, by a file in it. */
export function packageFolder(file: string, name: string): string | undefined {
  const parts = file.split(sep)
  const start = parts.lastIndexOf('node_modules')
  if (start < 0) return undefined
  const first = parts[start + 1] ?? name
  return parts.slice(0, start + (first.startsWith('@') || first.startsWith('.') ? 3 : 2)).join(sep)
}

/** The folder of a package as Node finds it from `from`. */
function installed(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (folder === dirname(folder)) return undefined
  }
}

/** The file that `require` would take, or some file of a package that only has ES modules. */
function fileOf({ path, resolveDir }: OnResolveArgs, folder: string): string {
  try {
    return createRequire(join(resolveDir, 'any.js')).resolve(path)
  } catch {
    return join(folder, 'index.js') // whether it is an ES module is the same for all files of most packages
  }
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
}
