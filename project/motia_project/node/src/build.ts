/**
 * Compiles the files of a project for running, again and again; what did not change is not compiled again.
 *
 * A file that cannot be compiled becomes a module that throws, so that one error in one file is an error of what needs
 * this file and of nothing else.
 */

import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { MotiaError, ProjectError } from '@motia/runtime/errors.ts'
import type { BuildContext, BuildFailure, BuildResult, Message, Metafile, OutputFile } from 'esbuild'
import { compileOptions } from './compile.ts'
import { FILE_NAMES, userOptions, WrongOptions } from './esbuild_config.ts'
import { refusedBy } from './esbuild_options.ts'
import { refusalFor } from './messages.ts'
import type { Refusal, Refusals } from './refusals.ts'
import { isOfSettings, settingsProblem } from './tsconfig_warnings.ts'

type Esbuild = typeof import('esbuild')
type Result = BuildResult<{ write: false; metafile: true }>

export interface Problem {
  readonly what: string
  readonly key?: string
  readonly value?: string
  readonly allowed?: string | undefined
  readonly remedy?: string | undefined
  readonly traceback?: string
  readonly severity?: 'warning'
}

export interface Compiled {
  /** Where the modules are. */
  readonly folder: string
  /** File of the project -> the ES module made of it, absolute. A file that is refused has one too, which throws. */
  readonly modules: Record<string, string>
  /** File of the project -> all files of the project that it is made of, itself first; posix, from the root. */
  readonly inputs: Record<string, string[]>
  /** A module that imports the packages they use, whatever becomes of it: for a process that gets ready to run them. */
  readonly warm: string
  /** Files that cannot be imported, because of themselves or of what they import, and why. */
  readonly problems: Record<string, Problem[]>
  /** About files that are no Steps, such as esbuild.config.json. */
  readonly notices: Record<string, Problem[]>
}

/** Outside of a comment to the end of the line. */
const METADATA = /^(?:(?!\/\/).)*"emitDecoratorMetadata"\s*:\s*true/m
const ROUNDS = 5 // esbuild reports by stages: files first, then what they want of each other
const NAMED = /^(.*)-[A-Z0-9]{8}\.mjs$/ // by `entryNames` of compile.ts
const KEPT_MS = 600_000 // a worker of the last version may still import a module lazily

export class Build {
  readonly #root: string
  readonly #folder: string
  readonly #motia: string
  readonly #esbuild: Esbuild
  readonly #refusals: Refusals = new Map()
  /** What is in the folder: path -> hash of the content, and when it was last wanted. */
  readonly #made = new Map<string, { hash: string; wanted: number }>()
  #context: { key: string; context: BuildContext } | undefined

  /** esbuild: folder of its package. motia: the compiled runtime. folder: for the modules, inside of the root. */
  constructor(root: string, esbuild: string, motia: string, folder: string) {
    this.#root = realpathSync(root)
    this.#folder = folder
    this.#motia = motia
    this.#esbuild = createRequire(import.meta.url)(esbuild)
  }

  /** files: posix, from the root. ProjectError when nothing can be compiled at all. */
  async compile(files: readonly string[]): Promise<Compiled> {
    const there = files.filter((file) => existsSync(join(this.#root, file)))
    const absent = files.filter((file) => !there.includes(file)).map((file) => [file, [{ what: 'the file is not there' }]])
    const result = await this.#built(there)
    const compiled = this.#described(there, result.metafile)
    this.#write(result.outputFiles)
    const problems = { ...compiled.problems, ...(Object.fromEntries(absent) as Record<string, Problem[]>) }
    const warm = writeWarm(this.#folder, result.metafile)
    return { folder: this.#folder, ...compiled, warm, problems, notices: notices(this.#root, result.warnings) }
  }

  async close(): Promise<void> {
    await this.#context?.context.dispose()
    this.#context = undefined
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #built(files: readonly string[]): Promise<Result> {
    this.#refusals.clear()
    const context = await this.#contextFor(files)
    for (let round = 0; ; round += 1) {
      try {
        return (await context.rebuild()) as Result
      } catch (error) {
        const { errors } = error as BuildFailure
        if (!Array.isArray(errors)) throw error
        if (!this.#refuse(files, errors) || round === ROUNDS) throw failure(errors)
      }
    }
  }

  async #contextFor(files: readonly string[]): Promise<BuildContext> {
    const settings = FILE_NAMES.map((name) => join(this.#root, name)).filter(existsSync)
    const key = JSON.stringify([files, settings.map((path) => readFileSync(path, 'utf8'))])
    if (this.#context?.key !== key) {
      const last = this.#context?.context
      this.#context = undefined
      await last?.dispose()
      const options = compileOptions({
        root: this.#root,
        entries: Object.fromEntries(files.map((file) => [file, join(this.#root, file)])),
        mode: 'run',
        outdir: this.#folder,
        motia: this.#motia,
        refusals: this.#refusals,
      })
      try {
        // written by us: esbuild would remove what workers of the last version may still want
        this.#context = { key, context: await this.#esbuild.context({ ...options, write: false }) }
      } catch (error) {
        throw wrongOptions(this.#root, error)
      }
    }
    return this.#context.context
  }

  /** Whether a build without the files that these errors are in is worth a try. */
  #refuse(files: readonly string[], errors: readonly Message[]): boolean {
    const found = new Map<string, Refusal[]>()
    for (const error of [...errors].sort(byPlace)) {
      const place = error.location
      if (!place || !['', 'file'].includes(place.namespace)) continue
      const path = resolve(this.#root, place.file)
      if (this.#refusals.has(path)) continue
      const refusals = found.get(path) ?? []
      const refusal = refusalFor(this.#root, path, error, files.includes(place.file))
      if (!refusals.some(({ what }) => what === refusal.what)) refusals.push(refusal)
      found.set(path, refusals)
    }
    for (const [path, refusals] of found) this.#refusals.set(path, refusals)
    return found.size > 0
  }

  #described(files: readonly string[], metafile: Metafile): Pick<Compiled, 'modules' | 'inputs' | 'problems'> {
    const modules: Record<string, string> = {}
    const inputs: Record<string, string[]> = {}
    const problems: Record<string, Problem[]> = {}
    for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
      const path = resolve(this.#root, output)
      const file = NAMED.exec(relative(this.#folder, path))?.[1]?.split(sep).join('/')
      // the entry point of a file that is a link is what it leads to
      if (entryPoint === undefined || file === undefined || !files.includes(file)) continue
      modules[file] = path
      const all = reached(metafile, entryPoint, () => true).filter((path) => !isForeign(path))
      inputs[file] = [...new Set([file, ...all])]
      const needed = reached(metafile, entryPoint, (kind) => kind !== 'dynamic-import')
      const found = needed.flatMap((path) => this.#refusals.get(resolve(this.#root, path)) ?? [])
      if (found.length > 0) problems[file] = found.map((refusal) => ({ ...refusal }))
    }
    const order = <T>(found: Record<string, T>): Record<string, T> =>
      Object.fromEntries(files.flatMap((file) => (found[file] === undefined ? [] : [[file, found[file]]])))
    return { modules: order(modules), inputs: order(inputs), problems: order(problems) }
  }

  #write(outputs: readonly OutputFile[]): void {
    const now = Date.now()
    for (const { path, hash, contents } of outputs) {
      if (this.#made.get(path)?.hash !== hash) {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, contents)
      }
      this.#made.set(path, { hash, wanted: now })
    }
    for (const [path, { wanted }] of this.#made) {
      if (now - wanted < KEPT_MS) continue
      rmSync(path, { force: true })
      this.#made.delete(path)
    }
  }
}

/** Sorts errors of one file as they follow each other in it. */
function byPlace(a: Message, b: Message): number {
  return (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.column ?? 0) - (b.location?.column ?? 0)
}

function writeWarm(folder: string, { outputs }: Metafile): string {
  const imports = Object.values(outputs).flatMap((output) => output.imports)
  const packages = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path)
  const calls = [...new Set(packages)].sort().map((name) => `import(${JSON.stringify(name)}).catch(() => {})`)
  const path = join(folder, 'warm.mjs')
  mkdirSync(folder, { recursive: true }) // there is none when nothing was compiled
  writeFileSync(path, `await Promise.all([${calls.join(', ')}])\n`)
  return path
}

/** Inputs that `file` leads to, itself first. */
function reached(metafile: Metafile, file: string, follows: (kind: string) => boolean): string[] {
  const found = new Set([file])
  for (const path of found) {
    for (const next of metafile.inputs[path]?.imports ?? []) {
      if (!next.external && follows(next.kind) && metafile.inputs[next.path]) found.add(next.path)
    }
  }
  return [...found]
}

/** Whether an input is nobody's to edit: of a package, or made by us. */
function isForeign(path: string): boolean {
  return path.split('/').includes('node_modules') || /^motia-[a-z-]+:/.test(path)
}

/** Options that do nothing, and what esbuild warns of in tsconfig.json: paths may not be found because of it. */
function notices(root: string, warnings: readonly Message[]): Record<string, Problem[]> {
  const found: Record<string, Problem[]> = {}
  const { file, ignored } = userOptions(root)
  if (file && ignored.length > 0) {
    const what = 'the option has no effect: it follows from how Steps are compiled'
    found[file] = ignored.map((key) => ({ what, key, remedy: 'leave it out', severity: 'warning' }))
  }
  const settings = join(root, 'tsconfig.json')
  if (existsSync(settings) && METADATA.test(readFileSync(settings, 'utf8'))) {
    const what = 'the option has no effect: esbuild compiles each file by itself and knows no types'
    const remedy = 'give libraries that read the types of decorated members these types in words, as their documentation shows'
    found['tsconfig.json'] = [{ what, key: 'emitDecoratorMetadata', remedy, severity: 'warning' }]
  }
  for (const said of warnings.filter(isOfSettings)) {
    const { file } = said.location!
    found[file] = [...(found[file] ?? []), settingsProblem(said)]
  }
  return found
}

function failure(errors: readonly Message[]): ProjectError {
  const first = errors[0]
  const where = first?.location ? `${first.location.file}, line ${first.location.line}` : undefined
  return new ProjectError(`the project cannot be compiled: ${first?.text ?? 'esbuild failed'}`, where ? { where } : {})
}

/** esbuild refuses the options themselves: the project's own are to blame. */
function wrongOptions(root: string, error: unknown): MotiaError {
  if (error instanceof MotiaError) return error
  const { file, options } = userOptions(root)
  const { errors, message } = error as Partial<BuildFailure> & Error
  const texts = errors?.length ? errors.map(({ text }) => text) : [message]
  const problems = texts.map((text) => refusedBy(text.replaceAll(`${root}${sep}`, ''), { ...options }))
  return new WrongOptions(file, problems as [Problem, ...Problem[]])
}
