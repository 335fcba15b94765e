/**
 * `motia.config.ts` at the root of a project: what of it is code.
 *
 * export default config({
 *   adapters: { state: new RedisState(), streams: RedisStream, events: new KafkaEvents(), cron: () => new Locks() },
 *   streamAuth: { contextSchema: {...}, authenticate },
 * })
 *
 * Both are optional, and may be exports of their own. An adapter is an instance, or a class or function that makes one
 * without arguments; `streams` is a StreamAdapter class, or a function that makes one, given the name of a stream, or an
 * object with such a function as `createStream`.
 */

import type { CronAdapter, EventAdapter, StateAdapter } from './adapters/interfaces.ts'
import { KINDS, type Kind, type StreamAdapter } from './adapters/interfaces.ts'
import { exportedConfig, IGNORED_KEYS, type Report } from './config_exports.ts'
import { ProjectError } from './errors.ts'
import { kindOf, quoted, shown } from './kinds.ts'

export const FILE_NAME = 'motia.config.ts'

/**
 * Who may open a WebSocket. authenticate: called with {headers, url} at the upgrade; what it returns goes to
 * `canAccess`, an error refuses the connection. contextSchema: schema of what it returns.
 */
export interface StreamAuth {
  readonly authenticate: (request: { headers: Record<string, string>; url: string }) => unknown
  readonly contextSchema?: object | undefined
}

/** What the file says. adapters: as given, by kind; the methods make them and throw ProjectError. */
export class ProjectConfig {
  readonly adapters: Readonly<Partial<Record<Kind, unknown>>>
  readonly streamAuth: StreamAuth | undefined
  /** Those of IGNORED_KEYS that the file has. */
  readonly ignored: readonly string[]
  /** Adapters of the original, which are not used: kind -> package. */
  readonly standIns: Readonly<Partial<Record<Kind, string>>>
  readonly #file: string

  constructor(
    adapters: Readonly<Partial<Record<Kind, unknown>>> = {},
    streamAuth?: StreamAuth,
    ignored: readonly string[] = [],
    file = FILE_NAME,
  ) {
    const used = Object.entries(adapters).filter(([, given]) => standInFor(given) === undefined)
    const standIns = Object.entries(adapters).map(([kind, given]) => [kind, standInFor(given)])
    this.standIns = Object.fromEntries(standIns.filter(([, name]) => name !== undefined))
    this.adapters = Object.fromEntries(used)
    this.streamAuth = streamAuth
    this.ignored = ignored
    this.#file = file
  }

  /** The state adapter, undefined when the project has none. Every call makes one if a class was given. */
  state(): StateAdapter | undefined {
    return this.#make('state') as StateAdapter | undefined
  }

  /** The adapter of one stream. */
  stream(name: string): StreamAdapter<unknown> | undefined {
    return this.#make('streams', name) as StreamAdapter<unknown> | undefined
  }

  /** The event adapter, as `state`. */
  events(): EventAdapter | undefined {
    return this.#make('events') as EventAdapter | undefined
  }

  /** The cron adapter, as `state`. */
  cron(): CronAdapter | undefined {
    return this.#make('cron') as CronAdapter | undefined
  }

  #make(kind: Kind, ...names: string[]): unknown {
    const given = this.adapters[kind]
    if (given === undefined) return undefined
    const made = typeof given === 'function' || isManager(kind, given) ? this.#call(kind, given, names) : given
    const lacking = lackingMethods(kind, made)
    if (lacking.length) throw lacks(kind, nameOf(given), lacking, this.#file)
    return made
  }

  #call(kind: Kind, given: unknown, names: string[]): unknown {
    try {
      if (isManager(kind, given)) return given.createStream(...names)
      return isClass(given) ? new given(...names) : (given as (...names: string[]) => unknown)(...names)
    } catch (error) {
      const wrong = error instanceof Error ? error.message : String(error)
      const what = `adapters.${kind} cannot be made: ${nameOf(given)}: ${wrong}`
      throw Object.assign(new ProjectError(what, { where: this.#file }), { cause: error })
    }
  }
}

/** What the imported file says. ProjectError for what it must not say. file: its name, for messages. */
export function readConfig(module: unknown, file = FILE_NAME): ProjectConfig {
  const { config, problems } = checkConfig(module, file)
  if (problems[0]) throw problems[0]
  return config
}

/** What the imported file says, without what it must not say; everything of that is in `problems`. */
export function checkConfig(module: unknown, file = FILE_NAME): { config: ProjectConfig; problems: ProjectError[] } {
  const problems: ProjectError[] = []
  const report: Report = (wrong) => problems.push(wrong)
  const given = exportedConfig(module, file, report)
  const adapters = checkAdapters(given.adapters, file, report)
  const streamAuth = checkStreamAuth(given.streamAuth, file, report)
  const ignored = IGNORED_KEYS.filter((key) => given[key] !== undefined)
  return { config: new ProjectConfig(adapters, streamAuth, ignored, file), problems }
}

function checkAdapters(given: unknown, where: string, report: Report): Partial<Record<Kind, unknown>> {
  if (given === undefined || given === null) return {}
  if (!isObject(given) || Array.isArray(given)) {
    const allowed = 'an object such as { state: new MyStateAdapter() }'
    report(new ProjectError(`\`adapters\` is ${kindOf(given)}`, { where, allowed }))
    return {}
  }
  const found: Partial<Record<Kind, unknown>> = {}
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(KINDS, key)) {
      const allowed = Object.keys(KINDS).join(', ')
      report(new ProjectError(`\`adapters\` has the key ${quoted(key)}`, { where, allowed }))
      continue
    }
    if (value === undefined || value === null) continue
    const wrong = wrongAdapter(key as Kind, value, where)
    if (wrong) report(wrong)
    else found[key as Kind] = value
  }
  return found
}

/** The package of the original that the compiler put a stand-in for, which is what `given` is; undefined if it is not. */
function standInFor(given: unknown): string | undefined {
  const name = isObject(given) ? (given as Record<symbol, unknown>)[Symbol.for('motia.stand_in')] : undefined
  return typeof name === 'string' ? name : undefined
}

function wrongAdapter(kind: Kind, value: unknown, where: string): ProjectError | undefined {
  if (standInFor(value) !== undefined) return undefined
  if (isManager(kind, value)) return undefined
  if (isClass(value)) {
    const lacking = lackingMethods(kind, value.prototype)
    return lacking.length && !hasOwnFields(value) ? lacks(kind, nameOf(value), lacking, where) : undefined
  }
  if (typeof value === 'function') return undefined
  if (kind === 'streams' || !isObject(value)) {
    const allowed = kind === 'streams' ? "a class or a function of a stream's name" : 'an instance, class or function'
    return new ProjectError(`adapters.${kind} is ${shown(value)}`, { where, allowed })
  }
  const lacking = lackingMethods(kind, value)
  return lacking.length ? lacks(kind, nameOf(value), lacking, where) : undefined
}

function checkStreamAuth(given: unknown, where: string, report: Report): StreamAuth | undefined {
  if (given === undefined || given === null) return undefined
  const allowed = '{ authenticate: a function of { headers, url }, contextSchema: a schema }'
  const refuse = (what: string): void => report(new ProjectError(what, { where, allowed }))
  if (!isObject(given) || Array.isArray(given)) {
    refuse(`\`streamAuth\` is ${kindOf(given)}`)
    return undefined
  }
  for (const key of Object.keys(given)) {
    if (key !== 'authenticate' && key !== 'contextSchema') refuse(`\`streamAuth\` has the key ${quoted(key)}`)
  }
  const { authenticate, contextSchema } = given
  if (contextSchema !== undefined && contextSchema !== null && !isObject(contextSchema)) {
    refuse(`streamAuth.contextSchema is ${kindOf(contextSchema)}`)
  }
  if (typeof authenticate !== 'function') {
    refuse(`streamAuth.authenticate is ${kindOf(authenticate)}`)
    return undefined
  }
  return {
    authenticate: (request) => authenticate.call(given, request),
    contextSchema: (contextSchema as object | null | undefined) ?? undefined,
  }
}

function lackingMethods(kind: Kind, made: unknown): string[] {
  return KINDS[kind].filter(
    (name) => typeof (made as Record<string, unknown> | null | undefined)?.[name] !== 'function',
  )
}

function lacks(kind: Kind, name: string, lacking: string[], where: string): ProjectError {
  return new ProjectError(`adapters.${kind} is ${name}, which lacks ${lacking.join(', ')}`, {
    where,
    remedy: 'define these methods',
  })
}

/** A method may be a field (`get = async () => ...`), which only an instance has. */
function hasOwnFields(value: Function): boolean {
  return /=/.test(Function.prototype.toString.call(value))
}

function isManager(kind: Kind, given: unknown): given is { createStream(...names: string[]): unknown } {
  return kind === 'streams' && isObject(given) && typeof given.createStream === 'function'
}

function isClass(given: unknown): given is new (...names: string[]) => unknown {
  if (typeof given !== 'function' || !isObject(given.prototype)) return false
  return (
    /^class\b/.test(Function.prototype.toString.call(given)) || Object.getOwnPropertyNames(given.prototype).length > 1
  )
}

function nameOf(given: unknown): string {
  const name: unknown = typeof given === 'function' ? given.name : (given as object).constructor?.name
  return typeof name === 'string' && name ? name : 'a function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
