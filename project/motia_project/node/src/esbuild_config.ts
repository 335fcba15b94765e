/** `esbuild.config.json` or `.esbuildrc.json` at the root of a project: options of its own for esbuild. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProjectError } from '@motia/runtime/errors.ts'
import type { BuildOptions } from 'esbuild'

export const FILE_NAMES = ['esbuild.config.json', '.esbuildrc.json']

/** What a project may choose. */
const ALLOWED = [
  'alias',
  'banner',
  'charset',
  'conditions',
  'define',
  'drop',
  'dropLabels',
  'external',
  'footer',
  'ignoreAnnotations',
  'inject',
  'jsx',
  'jsxDev',
  'jsxFactory',
  'jsxFragment',
  'jsxImportSource',
  'jsxSideEffects',
  'keepNames',
  'legalComments',
  'loader',
  'logOverride',
  'mainFields',
  'mangleCache',
  'mangleProps',
  'mangleQuoted',
  'minify',
  'minifyIdentifiers',
  'minifySyntax',
  'minifyWhitespace',
  'nodePaths',
  'preserveSymlinks',
  'pure',
  'reserveProps',
  'resolveExtensions',
  'supported',
  'target',
  'treeShaking',
  'tsconfig',
  'tsconfigRaw'
] as const satisfies readonly (keyof BuildOptions)[]

/** What follows from how bundles are made; configurations of the original have some of them. */
const DECIDED: readonly (keyof BuildOptions)[] = [
  'absWorkingDir',
  'allowOverwrite',
  'assetNames',
  'bundle',
  'chunkNames',
  'color',
  'entryNames',
  'entryPoints',
  'format',
  'globalName',
  'lineLimit',
  'logLevel',
  'logLimit',
  'metafile',
  'outExtension',
  'outbase',
  'outdir',
  'outfile',
  'packages',
  'platform',
  'plugins',
  'publicPath',
  'sourceRoot',
  'sourcemap',
  'sourcesContent',
  'splitting',
  'stdin',
  'write'
]

export interface UserOptions {
  readonly options: BuildOptions
  /** The file, undefined without one. */
  readonly file?: string
  /** Keys that are there and do nothing. */
  readonly ignored: readonly string[]
}

/** What the project's file says. ProjectError for one that cannot be used. */
export function userOptions(root: string): UserOptions {
  const file = FILE_NAMES.find((name) => existsSync(join(root, name)))
  if (!file) return { options: {}, ignored: [] }
  const given = parsed(root, file)
  const allowed: readonly string[] = ALLOWED
  const decided: readonly string[] = DECIDED
  const unknown = Object.keys(given).find((key) => !allowed.includes(key) && !decided.includes(key))
  if (unknown) throw new ProjectError(`esbuild has no option '${unknown}'`, { where: file, allowed: ALLOWED.join(', ') })
  const options = Object.fromEntries(Object.entries(given).filter(([key]) => allowed.includes(key)))
  return { options, file, ignored: Object.keys(given).filter((key) => decided.includes(key)) }
}

function parsed(root: string, file: string): Record<string, unknown> {
  let given: unknown
  try {
    given = JSON.parse(readFileSync(join(root, file), 'utf8'))
  } catch (error) {
    throw new ProjectError(`the file is not valid JSON: ${(error as Error).message}`, { where: file })
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ProjectError('the file holds no object', { where: file, allowed: '{"external": ["sharp"], ...}' })
  }
  return given as Record<string, unknown>
}
