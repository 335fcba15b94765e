/** The stacks of a bundle name the sources, and its map is read only when a stack is looked at. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { build } from 'esbuild'

const folder = mkdtempSync(join(tmpdir(), 'motia-stack-'))
after(() => rmSync(folder, { recursive: true }))
const runtime = join(import.meta.dirname, '../../../runtime/node/src')

const STEP = `interface Order { id: string }

export function price(order: Order): number {
  throw new TypeError(\`no price for \${order.id}\`, { cause: new Error('below') })
}
`
const ENTRY = `
import { mapStacks } from '${runtime}/stack.ts'
import { describe } from '${runtime}/failure.ts'
import { price } from './steps/order.ts'
mapStacks(import.meta.url)
try { price({ id: '7' }) } catch (error) { console.log(describe(error).stack) }
`

async function bundle(): Promise<string> {
  const file = join(folder, 'index.mjs')
  await build({
    stdin: { contents: ENTRY, resolveDir: folder, sourcefile: 'motia-entry:index.js' },
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'external',
    minify: true,
    plugins: [
      {
        name: 'step',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /order\.ts$/ }, () => ({ path: join(folder, 'steps/order.ts') }))
          onLoad({ filter: /order\.ts$/ }, () => ({ contents: STEP, loader: 'ts' }))
        },
      },
    ],
  })
  return file
}

test('a stack names the source, its line and column', async () => {
  const file = await bundle()
  const stack = execFileSync('node', [file], { encoding: 'utf8' })
  const place = join(folder, 'steps/order.ts')
  assert.match(stack, /^TypeError: no price for 7\n +at /)
  assert.ok(stack.includes(`${place}:4:9`), stack)
  assert.match(stack, /Caused by: Error: below/)
  assert.doesNotMatch(stack, /node:internal/)
})

test('without its map, or with a broken one, a bundle has the stacks of the compiled file', async () => {
  const file = await bundle()
  const map = `${file}.map`
  assert.ok(existsSync(map) && readFileSync(map).length)
  for (const broken of [() => writeFileSync(map, '{"version":'), () => rmSync(map)]) {
    broken()
    const stack = execFileSync('node', [file], { encoding: 'utf8' })
    assert.match(stack, /^TypeError: no price for 7\n +at .*index\.mjs:\d+:\d+/)
  }
})
