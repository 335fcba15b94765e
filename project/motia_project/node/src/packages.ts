/**
 * Packages stay outside of what is compiled for running: Node imports them from node_modules, once for all Steps.
 *
 * A package that is linked from a workspace, or that has TypeScript in it, is source like the project's own and is
 * compiled. What a package gives is the same as in a bundle: any name can be imported from a CommonJS package, and
 * `require` of a package that only has ES modules works.
 */

import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

const COMMON = 'motia-commonjs'
const MODULE = 'motia-module'
const CODE = new Set(['.js', '.cjs', '.mjs', ''])
const ASKED = Symbol('asked')

/** outdir: where the compiled files lie, from which Node looks for packages. */
export function packagesOutside(outdir: string): Plugin {
  return {
    name: 'motia-packages-outside',
    setup(build) {
      const formats = new Formats()
      const outside = ({ path }: OnResolveArgs): OnResolveResult => ({ path, external: true })
      build.onResolve({ filter: /.*/, namespace: COMMON }, outside)
      build.onResolve({ filter: /.*/, namespace: MODULE }, outside)
      build.onResolve({ filter: /^[^./]/ }, (args) => resolved(build, args, outdir, formats))
      build.onResolve({ filter: /\.node$/ }, (args) => native(build, args))
      build.onLoad({ filter: /.*/, namespace: COMMON }, ({ path }) => ({
        contents: `module.exports = require(${quoted(path)})`,
        loader: 'js',
      }))
      build.onLoad({ filter: /.*/, namespace: MODULE }, ({ path }) => ({
        contents: `import * as all from ${quoted(path)}; export * from ${quoted(path)}; export default all.default`,
        loader: 'js',
      }))
    }
  }
}

async function resolved(
  build: PluginBuild,
  args: OnResolveArgs,
  outdir: string,
  formats: Formats,
): Promise<OnResolveResult | undefined> {
  if (args.kind === 'entry-point' || args.pluginData === ASKED || isBuiltin(args.path)) return undefined
  const { kind, importer, resolveDir } = args
  const found = await build.resolve(args.path, { kind, importer, resolveDir, pluginData: ASKED })
  if (found.errors.length > 0) return undefined // for esbuild to say, or to ignore inside of `try`
  if (found.external || found.namespace !== 'file' || !isForeign(found.path)) return undefined
  const target = visibleFrom(outdir, args.path, found.path) ? args.path : found.path
  if (kind === 'require-resolve') return { path: target, external: true }
  if (kind === 'require-call') {
    return formats.isModule(found.path) ? { path: address(target), namespace: MODULE } : { path: target, external: true }
  }
  if (formats.isModule(found.path)) return { path: address(target), external: true }
  return { path: target, namespace: COMMON }
}

function quoted(path: string): string {
  return JSON.stringify(path)
}

/** Native addons are loaded from where they are. */
async function native(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  if (args.kind === 'entry-point' || args.pluginData === ASKED) return undefined
  const { kind, importer, resolveDir } = args
  const found = await build.resolve(args.path, { kind, importer, resolveDir, pluginData: ASKED })
  if (found.errors.length > 0) return undefined
  return kind === 'require-call' || kind === 'require-resolve'
    ? { path: found.path, external: true }
    : { path: found.path, namespace: COMMON }
}

/** Whether the file is JavaScript of an installed package. */
function isForeign(path: string): boolean {
  return path.split(sep).includes('node_modules') && CODE.has(extname(path))
}

/** An absolute path as `import` takes it. */
function address(target: string): string {
  return target.startsWith(sep) ? pathToFileURL(target).href : target
}

/** Whether Node, looking from `outdir`, finds for `name` the package in which `path` lies. */
function visibleFrom(outdir: string, name: string, path: string): boolean {
  const parts = name.split('/')
  const packageName = parts.slice(0, name.startsWith('@') ? 2 : 1).join(sep)
  for (let folder = outdir; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', packageName)
    if (existsSync(place)) return path.startsWith(realpathSync(place) + sep)
    if (folder === dirname(folder)) return false
  }
}

/** Which files are ES modules for Node. */
export class Formats {
  readonly #known = new Map<string, boolean>()

  isModule(path: string): boolean {
    const extension = extname(path)
    return extension === '.mjs' || (extension !== '.cjs' && this.#isModuleFolder(dirname(path)))
  }

  #isModuleFolder(folder: string): boolean {
    let known = this.#known.get(folder)
    if (known === undefined) {
      const manifest = join(folder, 'package.json')
      if (existsSync(manifest)) known = JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
      else known = folder !== dirname(folder) && this.#isModuleFolder(dirname(folder))
      this.#known.set(folder, known)
    }
    return known
  }
}
