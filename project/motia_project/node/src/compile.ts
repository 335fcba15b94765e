/**
 * How esbuild compiles a project: the same options and the same plugin for reading, running and bundling.
 *
 * run:    ES modules with shared chunks; packages stay outside and are imported from node_modules
 * bundle: ES modules, each with everything it needs inside
 *
 * In both, `motia` is our runtime whatever node_modules holds, and `__dirname`, `__filename` and `import.meta` of a
 * project's file mean the place of its source.
 */

import type { BuildOptions, Plugin } from 'esbuild'
import { userOptions } from './esbuild_config.ts'
import { ourPackages } from './our_packages.ts'
import { packagesOutside } from './packages.ts'
import { PLACE_NAMES, type Place, placeBanner, sourcePlaces } from './places.ts'
import type { Refusals } from './refusals.ts'

export interface Compilation {
  /** The project's folder, absolute, links resolved. */
  readonly root: string
  /** What is made of what: the output's path below `outdir`, without `.mjs` -> the source file, absolute. */
  readonly entries: Readonly<Record<string, string>>
  readonly mode: 'run' | 'bundle'
  readonly outdir: string
  /** What `motia` is. run: the compiled runtime, a file. bundle: `src/index.ts` of the Node runtime. */
  readonly motia: string
  /** Folder of our own sources for `@motia/runtime/...` and `@motia/project/...`; needed for a bundle. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Such as `node22`; default: the Node that compiles. */
  readonly target?: string
  /** Asked before our own: what a bundle leaves outside, generated entries. */
  readonly plugins?: readonly Plugin[]
  /** Files that a build before this one could not compile: they are compiled to a module that throws. */
  readonly refusals?: Refusals
}

const REQUIRE = [
  `import { createRequire as __motia_create_require } from 'node:module'`,
  `const require = __motia_create_require(import.meta.url)`
].join('; ')

/** What runs on this machine is looked at in stacks and debuggers, whatever the project wants for its bundles. */
const READABLE = {
  sourcemap: 'linked',
  minify: false,
  minifyIdentifiers: false,
  minifySyntax: false,
  minifyWhitespace: false
} as const

/** esbuild's options. ProjectError for an esbuild.config.json that cannot be used. */
export function compileOptions(compilation: Compilation): BuildOptions {
  const { root, mode, outdir } = compilation
  const user = userOptions(root).options
  const isRun = mode === 'run'
  const place: Place = { root, mode }
  const banner = `${REQUIRE}; ${placeBanner(mode)}`
  return {
    sourcemap: 'linked',
    target: compilation.target ?? `node${process.versions.node}`,
    treeShaking: true,
    ...user,
    ...(isRun ? READABLE : {}),
    loader: { '.json': 'json', ...user.loader },
    define: { ...PLACE_NAMES, ...user.define },
    banner: { ...user.banner, js: user.banner?.js ? `${banner};\n${user.banner.js}` : `${banner};` },
    alias: { ...compilation.aliases, ...user.alias },
    // without `module`, which Node does not know: what runs here is the file that Node would take
    conditions: user.conditions ?? (isRun ? [] : undefined),
    absWorkingDir: root,
    entryPoints: Object.entries(compilation.entries).map(([out, file]) => ({ in: file, out })),
    outdir,
    outExtension: { '.js': '.mjs' },
    entryNames: isRun ? '[dir]/[name]-[hash]' : '[dir]/[name]',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: isRun,
    format: 'esm',
    platform: 'node',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    logLimit: 0,
    plugins: [
      ...(compilation.plugins ?? []),
      ourPackages(compilation.motia, mode),
      ...(isRun ? [packagesOutside(outdir)] : []),
      sourcePlaces(place, compilation.refusals)
    ]
  }
}
