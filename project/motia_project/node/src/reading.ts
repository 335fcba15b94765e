/** What one file of the project says, as `motia_project.readings.to_reading` takes it. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf } from '@motia/runtime/kinds.ts'
import { exported } from '@motia/runtime/loading.ts'
import { checkConfig } from '@motia/runtime/project_config.ts'
import { findGuard, GUARD_NAMES } from '@motia/runtime/stream_guard.ts'
import type { Problem } from './build.ts'
import { missingExport } from './missing_export.ts'
import { missingPackage } from './missing_package.ts'
import { type Json, NotPlain, plainConfig, plainValue } from './plain.ts'
import { refusalsOf } from './refusals.ts'
import { describe, type Shape } from './signature.ts'
import { firstLine, trimmed } from './tracebacks.ts'

export interface Answer {
  readonly file: string
  readonly config?: Record<string, Json>
  readonly handler?: Shape | null
  readonly middleware?: string[]
  readonly can_access?: boolean
  readonly problems: Problem[]
}

type Contents = Omit<Answer, 'file'>
type Module = Record<string, unknown>

const CONFIG = /^motia\.config\.[a-z]+$/
const STREAM = /[._]stream\.[jt]s$/

/**
 * What a file (posix, from the root) says, once `load` has imported the module that was made of it.
 *
 * root: absolute, links resolved. Never rejects: what is wrong with the file is in `problems`.
 */
export async function answer(file: string, load: () => Promise<unknown>, root: string = process.cwd()): Promise<Answer> {
  let module: Module
  try {
    module = (await load()) as Module
  } catch (error) {
    return failed(root, file, error)
  }
  try {
    const path = join(root, file)
    if (CONFIG.test(file)) return { file, ...(await configuration(module, file, path)) }
    const contents = await contentsOf(module, path)
    return { file, ...(STREAM.test(file) ? withGuard(contents, module) : contents) }
  } catch (error) {
    const what = `the configuration cannot be read: ${firstLine(error, root)}`
    return { file, problems: [{ what, traceback: trimmed(error, root) }] }
  }
}

/** The answer for a file whose import threw `error`. */
export function failed(root: string, file: string, error: unknown): Answer {
  const refusals = refusalsOf(error)
  if (refusals.length > 0) return { file, problems: refusals.map((refusal) => ({ ...refusal })) }
  const absent = missingExport(root, error)
  if (absent) return { file, problems: [{ ...absent }] }
  const what = `the file cannot be imported: ${firstLine(error, root)}`
  const remedy = remedyFor(root, error)
  return { file, problems: [{ what, ...(remedy ? { remedy } : {}), traceback: trimmed(error, root) }] }
}

/**
 * What can be told from the error: CommonJS in an ES module, or a package that is missing only when it runs, an
 * optional one or one that another package needs.
 */
function remedyFor(root: string, error: unknown): string | undefined {
  if (error instanceof ReferenceError && /^(exports|module) is not defined/.test(error.message)) return remedyForCommonJs(root)
  if (!(error instanceof Error) || !/^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined
  const name = /Cannot find (?:module|package) '([^'./\\][^']*)'/.exec(error.message)?.[1]
  return name === undefined ? undefined : missingPackage(root, name)
}

function remedyForCommonJs(root: string): string {
  const remedy = 'write `export const config = ...` where `exports.config = ...` or `module.exports = ...` is'
  const isModules = /"type"\s*:\s*"module"/.test(textOf(join(root, 'package.json')))
  return isModules ? `${remedy}, or leave "type": "module" out of package.json` : remedy
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function contentsOf(module: Module, path: string): Promise<Contents> {
  const config = exported(module, 'config')
  const found = exported(module, 'handler') ?? (typeof module.default === 'function' ? module.default : undefined)
  const handler = found === undefined ? null : describe(found)
  if (config === undefined) {
    const remedy = 'write `export const config = { ... }` at the top level of the file'
    return { handler, problems: [{ what: 'the file exports no `config`', remedy }] }
  }
  try {
    return { ...(await plainConfig(config, path)), handler }
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error
    return { handler, problems: [error.problem] }
  }
}

/** `canAccess` of a stream may also stand beside its `config`. */
function withGuard(contents: Contents, module: Module): Contents {
  const guard = findGuard(module)
  if (typeof guard === 'function') return { ...contents, can_access: true }
  if (guard === undefined || GUARD_NAMES.some((name) => name in (contents.config ?? {}))) return contents
  const remedy = 'export a function `canAccess(subscription, authContext)`, or give it another name'
  return { ...contents, problems: [...contents.problems, { what: `\`canAccess\` is ${kindOf(guard)}`, key: 'canAccess', remedy }] }
}

/** What is in `motia.config.ts`: which adapters, not the adapters themselves; that there is a stream auth. */
async function configuration(module: Module, file: string, path: string): Promise<Contents> {
  const { config, problems: wrong } = checkConfig(module, file)
  const problems: Problem[] = wrong.map(({ what, allowed, remedy }) => ({
    what,
    ...(allowed ? { allowed } : {}),
    ...(remedy ? { remedy } : {}),
  }))
  const contents: Record<string, Json> = {
    adapters: Object.entries(config.adapters).map(([kind, given]) => ({
      kind,
      name: nameOf(given),
      usable_on_aws: kind !== 'events' || isUsableOnAws(given),
    })),
  }
  if (config.streamAuth) {
    const schema = config.streamAuth.contextSchema ?? null
    try {
      contents.streamAuth = { contextSchema: await plainValue(schema, 'streamAuth.contextSchema', path, problems) }
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error
      problems.push(error.problem)
    }
  }
  for (const key of config.ignored) {
    const what = 'the key has no effect: it belongs to the server of the original'
    problems.push({ what, key, remedy: 'leave it out', severity: 'warning' })
  }
  for (const [kind, name] of Object.entries(config.standIns)) {
    const what = `${name} belongs to the server of the original, and is not used`
    const remedy = 'leave it out, or write an adapter of your own'
    problems.push({ what, key: `adapters.${kind}`, remedy, severity: 'warning' })
  }
  return problems.some(({ severity }) => severity !== 'warning') ? { problems } : { config: contents, problems }
}

function nameOf(given: unknown): string {
  const named = typeof given === 'function' ? given : (given as object).constructor
  return named?.name || 'anonymous'
}

function isUsableOnAws(given: unknown): boolean {
  const { usableOnAws, prototype } = given as { usableOnAws?: unknown; prototype?: { usableOnAws?: unknown } }
  if (usableOnAws ?? prototype?.usableOnAws) return true
  // a field that only instances have, and making one may open connections
  return typeof given === 'function' && /\busableOnAws\s*=\s*(true|!0)/.test(Function.prototype.toString.call(given))
}
