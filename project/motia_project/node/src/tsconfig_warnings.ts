/** What esbuild warns of in `tsconfig.json`: told once, when the project is read, and not with every bundle again. */

import type { Message } from 'esbuild'
import type { Problem } from './build.ts'

const SETTINGS = /(^|\/)tsconfig[^/]*\.json$/
const NO_BASE = /^Cannot find base config file/

/** Whether a message is about a tsconfig of the project's, not one of a package. */
export function isOfSettings({ location }: Message): boolean {
  return location !== null && SETTINGS.test(location.file) && !location.file.split('/').includes('node_modules')
}

export function settingsProblem({ text, location }: Message): Problem {
  const remedy = NO_BASE.test(text) ? 'correct the path, or install the package that has it' : 'correct the option, or leave it out'
  return { what: text, key: `line ${location!.line}`, remedy, severity: 'warning' }
}
