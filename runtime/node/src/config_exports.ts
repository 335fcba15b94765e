/**
 * Where the configuration stands in what `motia.config.ts` exports: it is the default export or `config`, or its keys are
 * exports of their own; of CommonJS the same.
 *
 * A stream auth that is overlooked leaves streams open to everybody. So a file that exports no configuration is refused,
 * and so is what looks like one under another name.
 */

import { ProjectError } from './errors.ts'
import { kindOf, quoted } from './kinds.ts'

export const CONFIG_KEYS = ['adapters', 'streamAuth']

/** What the original's configuration has beside; accepted, without effect. */
export const IGNORED_KEYS = ['plugins', 'redis', 'app']

/** Told of each thing that is wrong. */
export type Report = (wrong: ProjectError) => void

type Values = Readonly<Record<string, unknown>>

const MARKS = ['default', '__esModule', 'module.exports']
const KEYS = [...CONFIG_KEYS, ...IGNORED_KEYS]
const WAYS = '`export default config({ streamAuth: ..., adapters: ... })`, or exports named streamAuth and adapters'

/** What is given for each of CONFIG_KEYS and IGNORED_KEYS; the configuration's own keys win over exports. */
export function exportedConfig(module: unknown, file: string, report: Report): Values {
  const { named, wholes } = exportsOf(module)
  const refuse = (what: string, allowed: string, remedy?: string): void =>
    report(new ProjectError(what, { where: file, allowed, remedy }))
  for (const [name, value] of wholes) {
    if (isConfig(value)) continue
    const remedy = value instanceof Promise ? 'write `await` before it' : undefined
    refuse(`${name} is ${kindOf(value)}`, 'an object such as { streamAuth: { authenticate: ... } }', remedy)
  }
  const configs = wholes.map(([, value]) => value).filter(isConfig)
  if (configs.length > 1 && configs[0] !== configs[1]) {
    refuse('the default export and `config` are two configurations', WAYS, 'move everything into one of them')
  }
  const config = configs[0] ?? {}
  for (const key of Object.keys(config).filter((name) => !KEYS.includes(name))) {
    refuse(`the configuration has the key ${quoted(key)}`, CONFIG_KEYS.join(', '), didYouMean(key, CONFIG_KEYS))
  }
  const given = Object.fromEntries(KEYS.map((key) => [key, config[key] ?? named[key]]))
  if (wholes.length === 0 && !KEYS.some((key) => Object.hasOwn(named, key))) {
    const [what, remedy] = nothing(named)
    refuse(what, WAYS, remedy)
    return given
  }
  const missing = CONFIG_KEYS.filter((key) => !(key in config) && !(key in named))
  for (const [name, value] of Object.entries(named).filter(([key]) => ![...KEYS, 'config'].includes(key))) {
    const meant = isObject(value) && typeof value !== 'function' ? didYouMean(name, missing) : undefined
    if (meant) {
      refuse(`the export ${quoted(name)} is none of the configuration`, WAYS, meant)
    } else if (missing.includes('streamAuth') && isAuth(name, value)) {
      const what = `the export ${quoted(name)} has no effect: streams are open to everybody`
      refuse(what, WAYS, 'give it to `streamAuth` of the configuration, or take it out of the file')
    }
  }
  return given
}

/** The named exports, and what may be the whole configuration, with what it is called in messages. */
function exportsOf(module: unknown): { named: Values; wholes: readonly (readonly [string, unknown])[] } {
  let named: Values = {}
  let place = module
  let isDefault = false
  // CommonJS is a default export, and that of a compiled ES module has another inside
  for (let depth = 0; depth < 3 && isObject(place) && Object.hasOwn(place, 'default'); depth += 1) {
    named = { ...named, ...withoutMarks(place) }
    place = place.default
    isDefault = true
  }
  if (isObject(place) && (!isDefault || Object.hasOwn(place, 'config') || Object.hasOwn(place, '__esModule'))) {
    named = { ...named, ...withoutMarks(place) } // `exports.config = ...`
    isDefault = false
  }
  const wholes: [string, unknown][] = isDefault ? [['the default export', place]] : []
  // beside a default export a function is the `config` that it was made with
  const isConfigNamed = Object.hasOwn(named, 'config') && !(isDefault && typeof named.config === 'function')
  if (isConfigNamed) wholes.push(['`config`', named.config])
  return { named, wholes }
}

function withoutMarks(place: Values): Values {
  return Object.fromEntries(Object.entries(place).filter(([name]) => !MARKS.includes(name)))
}

/** What to say of a file without a configuration, and what to do. */
function nothing(named: Values): [what: string, remedy: string] {
  const names = Object.keys(named)
  if (names.length === 0) return ['the file exports nothing', 'write `export default` before the configuration']
  const meant = names.map((name) => didYouMean(name, [...CONFIG_KEYS, 'config'])).find((remedy) => remedy !== undefined)
  const what = `the file exports ${names.map((name) => `\`${name}\``).join(', ')}, which is no configuration`
  return [what, meant ?? `write \`export default ${names.length === 1 ? names[0] : 'config({ ... })'}\``]
}

/** An object that can be one: not a Promise, a Map and the like, whose contents nobody would see. */
function isConfig(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null // a literal, also of another realm
  return isPlain || CONFIG_KEYS.some((key) => key in value)
}

/** Whether an export looks like a stream auth, or like a configuration with one. */
function isAuth(name: string, value: unknown): boolean {
  if (typeof value === 'function') return name === 'authenticate'
  return isObject(value) && (typeof value.authenticate === 'function' || 'streamAuth' in value)
}

function didYouMean(name: string, known: readonly string[]): string | undefined {
  const meant = known.find((other) => isNear(name, other))
  return meant && `did you mean '${meant}'?`
}

/** Whether a name is another one in other cases, or with a letter or two wrong. */
function isNear(name: string, other: string): boolean {
  const [a, b] = [name, other].map((text) => text.toLowerCase().replace(/[^a-z]/g, '')) as [string, string]
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, y] of [...b].entries()) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (x === y ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1)! <= Math.floor(b.length / 5)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
