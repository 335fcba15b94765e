/** Which files are the project's own. */

import { sep } from 'node:path'

const FOREIGN = new Set(['python_modules', '.venv', 'venv', 'site-packages', 'dist-packages', 'node_modules', '.motia'])

/** Whether `path` is code of the project at `root` (both absolute), not of a package installed below it. */
export function isProjectFile(root: string, path: string): boolean {
  if (!path.startsWith(root + sep)) return false
  return !path.slice(root.length).split(sep).some((part) => FOREIGN.has(part))
}
