/** What a bundle is made of, for the report of sizes. */

/** [package, file, bytes], heaviest first. inputs: of esbuild's metafile. */
export function partsOf(inputs: Readonly<Record<string, { bytesInOutput: number }>>): [string, string, number][] {
  return Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path, { bytesInOutput }]): [string, string, number] => [owner(path), path, bytesInOutput])
    .sort(([, a, most], [, b, more]) => more - most || (a < b ? -1 : 1))
}

function owner(path: string): string {
  if (/^motia[\w-]*:/.test(path)) return 'motia runtime'
  const parts = path.split('/')
  const start = parts.lastIndexOf('node_modules')
  if (start < 0) return 'project files'
  const scoped = parts[start + 1]?.startsWith('@')
  return parts.slice(start + 1, start + (scoped ? 3 : 2)).join('/')
}
