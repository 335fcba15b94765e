/** Which packages cannot be bundled because compiled code belongs to them. */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Packages that load a native addon for the one that depends on them. */
const LOADERS = new Set([
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
  'pkg-prebuilds'
])
/** A package for one platform: `@node-rs/crc32-linux-x64-gnu`, `@esbuild/linux-x64`. */
const PLATFORM = /(^|[-_/.])(linux|darwin|win32|freebsd|android)(musl)?[-_.]?(x64|arm64|arm|ia32|x86_64|aarch64)/
const PLACES = ['', 'build/Release', 'build', 'lib', 'dist', 'native', 'bin', 'binding', 'lib/binding']

interface Manifest {
  readonly gypfile?: boolean
  readonly binary?: unknown
  readonly napi?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Answers for package folders, once for each. */
export class Natives {
  readonly #known = new Map<string, boolean>()

  isNative(folder: string): boolean {
    let known = this.#known.get(folder)
    if (known === undefined) this.#known.set(folder, (known = isNative(folder)))
    return known
  }
}

function isNative(folder: string): boolean {
  const manifest = readManifest(folder)
  if (manifest.gypfile || manifest.binary || manifest.napi) return true
  if (existsSync(join(folder, 'binding.gyp')) || existsSync(join(folder, 'prebuilds'))) return true
  if (Object.keys(manifest.dependencies ?? {}).some((name) => LOADERS.has(name))) return true
  if (Object.keys(manifest.optionalDependencies ?? {}).some((name) => PLATFORM.test(name))) return true
  return PLACES.some((place) => filesIn(join(folder, place)).some((name) => name.endsWith('.node')))
}

function readManifest(folder: string): Manifest {
  const path = join(folder, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {}
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
