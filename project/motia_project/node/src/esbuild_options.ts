/** The options of esbuild that a project may choose, and what each of them takes. esbuild itself says it less well. */

import type { BuildOptions, Loader } from 'esbuild'
import type { Problem } from './build.ts'

/** allowed: in words, or the values. fits: whether a value is. entries: of a value that is an object, what its values are. */
interface Kind {
  readonly allowed: string | readonly string[]
  readonly fits: (value: unknown) => boolean
  readonly entries?: Kind
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const choice = (...values: string[]): Kind => ({ allowed: values, fits: (value) => values.includes(value as string) })
const map = (allowed: string, entries: Kind): Kind => ({ allowed, fits: isObject, entries })

const TEXT: Kind = { allowed: 'a text', fits: isText }
const CODE: Kind = { allowed: 'code as a text, such as "false" or "\\"1.2.0\\""', fits: isText }
const FLAG: Kind = { allowed: 'true or false', fits: (value) => typeof value === 'boolean' }
const TEXTS: Kind = { allowed: 'a list of texts', fits: (value) => Array.isArray(value) && value.every(isText) }
const TEXT_OR_TEXTS: Kind = { allowed: 'a text or a list of texts', fits: (value) => TEXT.fits(value) || TEXTS.fits(value) }
const PATTERN: Kind = { allowed: 'a regular expression as a text, such as "_$"', fits: isPattern }
const DROPPED: Kind = {
  allowed: ['console', 'debugger'],
  fits: (value) => Array.isArray(value) && value.every((one) => one === 'console' || one === 'debugger')
}
const MANGLED: Kind = { allowed: 'a text or false', fits: (value) => isText(value) || value === false }
const LEVELS = choice('verbose', 'debug', 'info', 'warning', 'error', 'silent')
const LOADERS: readonly Loader[] = [
  ...(['base64', 'binary', 'copy', 'css', 'dataurl', 'default', 'empty', 'file', 'js', 'json', 'jsx', 'local-css'] as const),
  ...(['text', 'ts', 'tsx'] as const)
]

const KINDS: Readonly<Partial<Record<keyof BuildOptions, Kind>>> = {
  alias: map('an object such as {"lodash": "lodash-es"}', TEXT),
  banner: map('an object such as {"js": "/* ours */"}', TEXT),
  charset: choice('ascii', 'utf8'),
  conditions: TEXTS,
  define: map('an object such as {"DEBUG": "false"}', CODE),
  drop: DROPPED,
  dropLabels: TEXTS,
  external: TEXTS,
  footer: map('an object such as {"js": "/* ours */"}', TEXT),
  ignoreAnnotations: FLAG,
  inject: TEXTS,
  jsx: choice('transform', 'preserve', 'automatic'),
  jsxDev: FLAG,
  jsxFactory: TEXT,
  jsxFragment: TEXT,
  jsxImportSource: TEXT,
  jsxSideEffects: FLAG,
  keepNames: FLAG,
  legalComments: choice('none', 'inline', 'eof', 'linked', 'external'),
  loader: map('an object such as {".sql": "text"}', choice(...LOADERS)),
  logOverride: map('an object such as {"this-is-undefined-in-esm": "silent"}', LEVELS),
  mainFields: TEXTS,
  mangleCache: map('an object such as {"name_": "a"}', MANGLED),
  mangleProps: PATTERN,
  mangleQuoted: FLAG,
  minify: FLAG,
  minifyIdentifiers: FLAG,
  minifySyntax: FLAG,
  minifyWhitespace: FLAG,
  nodePaths: TEXTS,
  preserveSymlinks: FLAG,
  pure: TEXTS,
  reserveProps: PATTERN,
  resolveExtensions: TEXTS,
  supported: map('an object such as {"bigint": false}', FLAG),
  target: TEXT_OR_TEXTS,
  treeShaking: FLAG,
  tsconfig: TEXT,
  tsconfigRaw: { allowed: 'a text or an object', fits: (value) => isText(value) || isObject(value) }
}

/** What a project may choose. */
export const ALLOWED: readonly string[] = Object.keys(KINDS)

const EXAMPLES: Readonly<Record<string, string>> = { target: 'versions of JavaScript or Node, such as "es2022" or "node22"' }
const FIX = 'correct the value, or leave the option out'

/** What is wrong with these options, most of it before esbuild sees them. */
export function problemsOf(options: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const kind = KINDS[name as keyof BuildOptions]
    if (!kind) {
      const remedy = 'check its name, or leave it out'
      return [{ what: 'esbuild has no such option', key: name, allowed: ALLOWED.join(', '), remedy }]
    }
    if (!kind.fits(value)) return [wrong(name, value, kind)]
    if (!kind.entries) return []
    const { entries } = kind
    return Object.entries(value as object).flatMap(([key, entry]) => {
      const place = `${name}[${JSON.stringify(key)}]`
      if (name === 'loader' && key !== '' && !key.startsWith('.')) {
        return [{ what: 'the ending of a file begins with a dot', key: place, remedy: `write ".${key}"` }]
      }
      return entries.fits(entry) ? [] : [wrong(place, entry, entries)]
    })
  })
}

/** What esbuild said of the options, by the option that it means. */
export function refusedBy(text: string, options: Readonly<Record<string, unknown>>): Problem {
  const flag = /"--([\w-]+)[:=]/.exec(text)?.[1]?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const word = /^(?:Invalid|Bad) (\w+)/.exec(text)?.[1]
  const key = [flag, word].find((name) => name !== undefined && name in options)
  const what = `esbuild refuses ${key ? 'the value' : 'its options'}: ${text.replace(/ in "--.*"$/, '')}`
  if (!key) return { what, remedy: FIX }
  const allowed = EXAMPLES[key] ?? inWords(KINDS[key as keyof BuildOptions])
  return { what, key, value: JSON.stringify(options[key]), allowed, remedy: FIX }
}

/** The options as esbuild takes them: it wants regular expressions, which JSON does not have. */
export function forEsbuild(options: Readonly<Record<string, unknown>>): BuildOptions {
  const entries = Object.entries(options).map(([name, value]) => {
    return [name, KINDS[name as keyof BuildOptions] === PATTERN ? new RegExp(value as string) : value]
  })
  return Object.fromEntries(entries) as BuildOptions
}

function wrong(key: string, value: unknown, kind: Kind): Problem {
  const what = Array.isArray(kind.allowed)
    ? 'the value is not one of those allowed'
    : `the value is ${isText(value) ? 'text' : named(value)}, which the option does not take`
  return { what, key, value: JSON.stringify(value), allowed: inWords(kind), remedy: remedyFor(value, kind) }
}

function inWords(kind: Kind | undefined): string | undefined {
  return typeof kind?.allowed === 'string' ? kind.allowed : kind?.allowed.join(', ')
}

function remedyFor(value: unknown, kind: Kind): string {
  if (kind === TEXTS && isText(value)) return `write ${JSON.stringify([value])}`
  if (kind === FLAG && (value === 'true' || value === 'false')) return `write ${value}`
  if (kind === CODE) return `write ${JSON.stringify(JSON.stringify(value))}`
  return FIX
}

function named(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function isPattern(value: unknown): boolean {
  try {
    return isText(value) && new RegExp(value) instanceof RegExp
  } catch {
    return false
  }
}
