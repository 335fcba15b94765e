/** `esbuild.config.json` or `.esbuildrc.json` at the root of a project: options of its own for esbuild. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProjectError } from '@motia/runtime/errors.ts'
import type { BuildOptions } from 'esbuild'
import type { Problem } from './build.ts'
import { forEsbuild, problemsOf } from './esbuild_options.ts'

export const FILE_NAMES = ['esbuild.config.json', '.esbuildrc.json']

/** What follows from how bundles are made; configurations of the original have some of them. */
const DECIDED: readonly string[] = [
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
] satisfies (keyof BuildOptions)[]

export interface UserOptions {
  readonly options: BuildOptions
  /** The file, undefined without one. */
  readonly file?: string
  /** Keys that are there and do nothing. */
  readonly ignored: readonly string[]
}

/** A configuration of the project cannot be used; `problems` is all that is wrong with it. */
export class WrongOptions extends ProjectError {
  readonly problems: readonly Problem[]

  constructor(file: string | undefined, problems: readonly [Problem, ...Problem[]]) {
    const [{ what, key, allowed, remedy }] = problems
    super(key ? `${key}: ${what}` : what, { where: file, allowed, remedy })
    this.problems = problems
  }
}

/** What the project's file says. ProjectError for one that cannot be used. */
export function userOptions(root: string): UserOptions {
  const file = FILE_NAMES.find((name) => existsSync(join(root, name)))
  if (!file) return { options: {}, ignored: [] }
  const given = parsed(root, file)
  const ignored = Object.keys(given).filter((key) => DECIDED.includes(key))
  const chosen = Object.fromEntries(Object.entries(given).filter(([key]) => !ignored.includes(key)))
  const [first, ...rest] = problemsOf(chosen)
  if (first) throw new WrongOptions(file, [first, ...rest])
  return { options: forEsbuild(chosen), file, ignored }
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
