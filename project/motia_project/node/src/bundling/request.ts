/** What `bundle.mjs` is asked on its standard input, and what it answers on its standard output. Both are JSON. */

export interface Request {
  /** Folder of the esbuild package. */
  readonly esbuild: string
  /** The project's folder, absolute, links resolved. */
  readonly root: string
  /** Where the bundles go, one `NAME.mjs` and its map each. */
  readonly outdir: string
  /** Folder of the Node runtime's sources. */
  readonly runtime: string
  /** Such as `node22`. */
  readonly target: string
  /** Name of a bundle -> source of the module that it starts from. */
  readonly entries: Readonly<Record<string, string>>
}

/** One bundle. */
export interface Output {
  /** Files beside `NAME.mjs` that it loads, below `outdir`. */
  readonly assets: readonly string[]
  /** Packages that it imports from outside: name -> folder. */
  readonly packages: Readonly<Record<string, string>>
  /** Native addons of the project itself: path in the bundle -> file. */
  readonly addons: Readonly<Record<string, string>>
  /** What it is made of: [package, file, bytes in the bundle], heaviest first. */
  readonly parts: readonly (readonly [string, string, number])[]
}

/** Something esbuild, or we, have to say. file: from the project's root. line: 1 is the first. */
export interface Message {
  readonly text: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly source?: string
  readonly remedy?: string
  readonly severity: 'error' | 'warning'
}

export interface Answer {
  readonly outputs: Readonly<Record<string, Output>>
  /** Every file that was read, absolute. */
  readonly inputs: readonly string[]
  readonly messages: readonly Message[]
}
