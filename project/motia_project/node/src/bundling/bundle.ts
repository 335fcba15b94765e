/** Makes every bundle of a project in one run of esbuild. Asked on standard input, answers on standard output. */

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { compileOptions } from '@motia/project/compile.ts'
import { isOfSettings } from '@motia/project/tsconfig_warnings.ts'
import { ProjectError } from '@motia/runtime/errors.ts'
import type { BuildFailure, BuildOptions, BuildResult, Message as Said, Metafile } from 'esbuild'
import { rewrittenMap } from './maps.ts'
import { Outside, UNRESOLVED, leftOutside, packageFolder, packageName } from './outside.ts'
import { ENTRY, RUNTIME, ownSources } from './own_sources.ts'
import { partsOf } from './parts.ts'
import type { Answer, Message, Output, Request } from './request.ts'
import { zodByName } from './zod.ts'

type Esbuild = typeof import('esbuild')

/** `require.resolve` of a file beside, of which esbuild takes no notice. */
const BESIDE = /\b(?:__)?require\.resolve\(\s*(['"])(\.{1,2}\/[^'"\n]+)\1/

/** A function that is made to load modules, by its name. */
const MADE = /\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:\w+\.)?createRequire\(/g

async function bundle(request: Request): Promise<Answer> {
  const { root, outdir } = request
  const { build } = createRequire(import.meta.url)(request.esbuild) as Esbuild
  const outside = new Outside()
  const options = compileOptions({
    root,
    mode: 'bundle',
    outdir,
    motia: join(request.runtime, 'index.ts'),
    target: request.target,
    entries: Object.fromEntries(Object.keys(request.entries).map((name) => [name, `${ENTRY}:${name}`]))
  })
  const plugins = [
    ownSources(root, request.runtime, request.entries),
    leftOutside(root, options.external ?? [], outside),
    zodByName(root),
    ...(options.plugins ?? [])
  ]
  // Less to read for a cold start, with the names of functions, in lines that can be shown where an error is.
  const minified = {
    minifyWhitespace: options.minifyWhitespace ?? options.minify ?? true,
    minifySyntax: options.minifySyntax ?? options.minify ?? true,
    lineLimit: 200
  }
  try {
    const { metafile, warnings } = await built({ ...options, ...minified, plugins, metafile: true }, build, outside)
    const outputs = Object.keys(request.entries).map((name) => [name, output(request, metafile, outside, name)] as const)
    const messages = [
      ...warnings.filter((said) => !isOfSettings(said)).map((said) => message(root, said, 'warning')),
      ...left(root, outside),
      ...wanting(root, outside),
      ...(outside.looksBeside ? besides(root, metafile) : []),
      ...madeRequires(root, metafile)
    ]
    return { outputs: Object.fromEntries(outputs), inputs: inputs(request, metafile), messages }
  } catch (error) {
    const failure = error as BuildFailure
    if (!failure.errors) throw error
    return { outputs: {}, inputs: [], messages: failure.errors.map((said) => message(root, said, 'error')) }
  }
}

type Options = BuildOptions & { readonly metafile: true }

/** Once more when what packages import lazily is not there, which is an error for esbuild. */
async function built(options: Options, build: Esbuild['build'], outside: Outside): Promise<BuildResult<Options>> {
  try {
    return await build(options)
  } catch (error) {
    const { errors } = error as BuildFailure
    if (!errors || !outside.allow(options.absWorkingDir ?? '', errors)) throw error
    return await build(options)
  }
}

function output(request: Request, metafile: Metafile, outside: Outside, name: string): Output {
  const file = join(request.outdir, `${name}.mjs`)
  const made = metafile.outputs[relative(request.root, file).split(sep).join('/')]!
  const code = readFileSync(file, 'utf8').replace(/\/\/# sourceMappingURL=\S+\s*$/, '//# sourceMappingURL=index.mjs.map\n')
  outside.looksBeside ||= BESIDE.test(code)
  writeFileSync(file, code)
  writeFileSync(`${file}.map`, rewrittenMap(readFileSync(`${file}.map`, 'utf8'), request.outdir, request.root))
  const external = made.imports.filter((one) => one.external).map(({ path }) => path)
  const packages = [...new Set(external.map(packageName))].flatMap((one) =>
    [...(outside.packages.get(one) ?? [])].map((folder) => [one, folder] as const)
  )
  const addons = external.flatMap((path) => {
    const found = outside.addons.get(path.replace(/^\.\//, ''))
    return found ? [[path.replace(/^\.\//, ''), found] as const] : []
  })
  return {
    assets: assetsOf(request, metafile, Object.keys(made.inputs)),
    packages: Object.fromEntries(packages),
    addons: Object.fromEntries(addons),
    parts: partsOf(made.inputs)
  }
}

/** Files that a loader of esbuild.config.json (`file`, `copy`) put beside the bundles, of those that these inputs name. */
function assetsOf(request: Request, metafile: Metafile, inputs: readonly string[]): string[] {
  const mine = new Set(inputs)
  return Object.entries(metafile.outputs)
    .filter(([path, made]) => !made.entryPoint && !path.endsWith('.map') && Object.keys(made.inputs).some((one) => mine.has(one)))
    .map(([path]) => relative(request.outdir, resolve(request.root, path)))
}

function inputs(request: Request, metafile: Metafile): string[] {
  return Object.keys(metafile.inputs).flatMap((path) => {
    if (path.startsWith(`${RUNTIME}:`)) return [join(request.runtime, path.slice(RUNTIME.length + 1))]
    return /^[\w-]{2,}:/.test(path) ? [] : [resolve(request.root, path)]
  })
}

function left(root: string, outside: Outside): Message[] {
  const twice = [...outside.packages].filter(([, folders]) => folders.size > 1)
  return [
    ...twice.map(([name, folders]) => ({
      text: `the native package ${name} is there in two versions: ${[...folders].map((one) => relative(root, one)).join(', ')}`,
      remedy: `make every package that needs ${name} agree on one version, for example with "overrides" in package.json`,
      severity: 'error' as const
    })),
    ...[...outside.missing].map(([name, importer]) => ({
      text: `imports ${name}, which the esbuild configuration calls external and which is not installed`,
      file: relative(root, importer),
      remedy: `run \`npm install ${name}\` if it is needed when the Step runs`,
      severity: 'warning' as const
    }))
  ]
}

/** What packages import lazily and is not there, one warning a name. */
function wanting(root: string, outside: Outside): Message[] {
  const wishes = new Map([...outside.allowed].map((key) => outside.lazy.get(key)!).map((one) => [packageName(one.name), one]))
  return [...wishes].map(([name, { importer }]) => ({
    text: `the package ${ownerOf(importer)} imports ${name} when it needs it, and ${name} is not installed`,
    file: relative(root, importer),
    remedy: `run \`npm install ${name}\` if the Step needs it, else write {"external": ["${name}"]} into esbuild.config.json`,
    severity: 'warning' as const
  }))
}

/** Packages that look for a file of theirs where a bundle has none. */
function besides(root: string, { inputs, outputs }: Metafile): Message[] {
  const used = new Set(Object.values(outputs).flatMap((made) => Object.keys(made.inputs)))
  const found = new Map<string, Message>()
  for (const input of used) {
    if (!input.split('/').includes('node_modules') || !/\.[cm]?js$/.test(input) || !inputs[input]) continue
    const wanted = BESIDE.exec(readFileSync(resolve(root, input), 'utf8'))?.[2]
    if (!wanted) continue
    const owner = ownerOf(resolve(root, input))
    if (found.has(owner)) continue
    found.set(owner, {
      text: `the package ${owner} looks for its file ${wanted} (\`require.resolve\`), which a bundle does not have`,
      file: input,
      remedy: `write {"external": ["${owner}"]} into esbuild.config.json: the package is then copied whole`,
      severity: 'warning'
    })
  }
  return [...found.values()]
}

/** What files of the project load with functions of `createRequire`, of which esbuild takes no notice. */
function madeRequires(root: string, { inputs, outputs }: Metafile): Message[] {
  const used = [...new Set(Object.values(outputs).flatMap((made) => Object.keys(made.inputs)))].sort()
  const isModule = (one: { path: string; external?: boolean }) => one.external && /^(node:)?module$/.test(one.path)
  const makers = used.filter((input) => inputs[input]?.imports.some(isModule))
  return makers
    .filter((input) => !input.split('/').includes('node_modules') && !/^[\w-]{2,}:/.test(input))
    .flatMap((file) => {
      const code = readFileSync(resolve(root, file), 'utf8')
      const names = [...code.matchAll(MADE)].map(([, name]) => name!.replaceAll('$', '\\$'))
      const call = new RegExp(`(?<![.\\w$])(?:${names.join('|')})\\(\\s*(['"])([^'"\\n]+)\\1`, 'g')
      const paths = names.length > 0 ? [...code.matchAll(call)].map(([, , path]) => path!) : []
      const wanted = [...new Set(paths)].filter((path) => !isBuiltin(path))
      return wanted.map((path) => ({
        text: `loads ${path} with a function of \`createRequire\`, which finds nothing beside a bundle`,
        file,
        remedy: `import it: \`import ... from '${path}'\``,
        severity: 'warning' as const
      }))
    })
}

/** Name of the package that a file in node_modules belongs to. */
function ownerOf(file: string): string {
  const folder = packageFolder(file, '') ?? dirname(file)
  return packageName(folder.split(sep).slice(folder.split(sep).lastIndexOf('node_modules') + 1).join('/'))
}

function message(root: string, said: Said, severity: Message['severity']): Message {
  const { location } = said
  const unresolved = UNRESOLVED.exec(said.text)?.[1]
  const isForeign = location?.file.split(/[/\\]/).includes('node_modules')
  const remedy = unresolved && !/^[./]/.test(unresolved) ? missing(packageName(unresolved), isForeign) : undefined
  const place = location && {
    file: isAbsolute(location.file) ? relative(root, location.file) : location.file,
    line: location.line,
    column: location.column + 1,
    source: location.lineText.trim().slice(0, 200)
  }
  return { text: said.text, severity, ...place, ...(remedy && { remedy }) }
}

function missing(name: string, isForeign = false): string {
  if (!isForeign) return `add it to package.json (\`npm install ${name}\`), or correct the name`
  return `run \`npm install ${name}\`, or if it is not needed write {"external": ["${name}"]} into esbuild.config.json`
}

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as Request
  let answer: Answer
  try {
    answer = await bundle(request)
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error
    const { what, where, remedy } = error
    const said = { text: what, severity: 'error' as const, ...(where && { file: where }), ...(remedy && { remedy }) }
    answer = { outputs: {}, inputs: [], messages: [said] }
  }
  process.stdout.write(JSON.stringify(answer))
}

await main()
