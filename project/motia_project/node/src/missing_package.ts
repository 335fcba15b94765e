/** What to do about a package that is imported and not there. */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const INSTALLS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'pnpm add'],
  ['yarn.lock', 'yarn add'],
  ['bun.lock', 'bun add'],
  ['bun.lockb', 'bun add'],
]

/** The remedy for `import ... from 'NAME'` (a package, or a module in one). */
export function missingPackage(root: string, name: string): string {
  const wanted = packageOf(name)
  if (folderOf(root, wanted)) {
    const inside = name === wanted ? 'has nothing to import' : `has no module '.${name.slice(wanted.length)}'`
    return `the package '${wanted}' is installed and ${inside}: check its documentation and version`
  }
  if (isDependency(root, wanted)) return 'it is among the dependencies of package.json: run `motia install`'
  const command = INSTALLS.find(([lock]) => existsSync(join(root, lock)))?.[1] ?? 'npm install'
  return `run \`${command} ${wanted}\``
}

/** The package that a module is in. */
export function packageOf(module: string): string {
  return module.split('/').slice(0, module.startsWith('@') ? 2 : 1).join('/')
}

/** The folder of a package, undefined if it is not installed here or above. */
export function folderOf(root: string, name: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(place)) return place
    if (folder === dirname(folder)) return undefined
  }
}

function isDependency(root: string, name: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    return [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].some((all) => all?.[name])
  } catch {
    return false // without a package.json there are no dependencies
  }
}
