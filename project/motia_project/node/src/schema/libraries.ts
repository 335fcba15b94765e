/** Modules of the project's packages, as its own code gets them. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { NoJsonSchema } from './convert.ts'

type Module = Record<string, unknown>

/**
 * The module `name` (a package, or a path in one) as `import` from the file would give it; the same instance.
 *
 * NoJsonSchema when there is none, or one that is not `usable`.
 */
export async function importFrom(file: string, name: string, usable: (module: Module) => boolean): Promise<Module> {
  const path = locate(dirname(file), name)
  const packageName = name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')
  if (!path) throw new NoJsonSchema(`there is no '${name}'`, `run \`npm install ${packageName}\``)
  const module = (await import(pathToFileURL(path).href)) as Module
  if (!usable(module)) throw new NoJsonSchema(`'${name}' is too old`, `run \`npm install ${packageName}@latest\``)
  return module
}

/** Node resolves names for `import` from its own modules only, so the little that is needed is done here. */
function locate(folder: string, name: string): string | undefined {
  const parts = name.split('/')
  const length = name.startsWith('@') ? 2 : 1
  const inside = parts.slice(length)
  for (let above = folder; ; above = dirname(above)) {
    const place = join(above, 'node_modules', ...parts.slice(0, length))
    if (existsSync(join(place, 'package.json'))) return exported(place, inside)
    if (above === dirname(above)) return undefined
  }
}

function exported(place: string, inside: readonly string[]): string | undefined {
  const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
  const key = ['.', ...inside].join('/')
  const target = manifest.exports === undefined ? undefined : chosen(manifest.exports[key] ?? (key === '.' ? manifest.exports : null))
  const path = target ?? (key === '.' ? (manifest.main ?? 'index.js') : undefined)
  return path === undefined ? undefined : join(place, path)
}

function chosen(target: unknown): string | undefined {
  if (typeof target === 'string') return target
  if (typeof target !== 'object' || target === null) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    if (['node', 'import', 'default'].includes(condition)) {
      const found = chosen(inner)
      if (found) return found
    }
  }
  return undefined
}
