/** Identifiers look alike in both runtimes, and nothing is loaded before it is needed. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { newId, newTraceId } from '@motia/runtime/ids.ts'
import { build } from 'esbuild'

test('a trace id is five characters and the time', () => {
  const ids = Array.from({ length: 2_000 }, newTraceId)
  for (const id of ids) assert.match(id, /^[A-HJKMNP-Z1-9]{5}-\d{7}$/)
  assert.ok(new Set(ids).size > 1_990)
  assert.ok(new Set(ids.join('')).size >= 32)
})

test('an id is 32 hex characters', () => {
  assert.match(newId(), /^[0-9a-f]{32}$/)
  assert.notEqual(newId(), newId())
})

test('a Step that only answers loads no module of Node beyond those that Node itself loads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'motia-cold-'))
  try {
    const outfile = join(folder, 'index.mjs')
    const runtime = join(import.meta.dirname, '../../../runtime/node/src')
    const contents = `
      import { invokeApi, loadStep } from '${runtime}/invoke.ts'
      import { newTraceId } from '${runtime}/ids.ts'
      import { jsonLines as logs } from '${runtime}/lines.ts'
      const before = new Set(process.moduleLoadList)
      const step = loadStep({ handler: async () => ({ status: 200, body: 'hello' }) }, { id: 'a', name: 'a', type: 'api',
        file: 'a.ts', flows: [], emits: [] })
      const request = { method: 'GET', path: '/', query: 'a=1', headers: [], body: Buffer.alloc(0), pathParams: {} }
      const response = await invokeApi(step, request, { logs }, {}, { traceId: newTraceId() })
      if (response.body.toString() !== 'hello') throw new Error(response.body.toString())
      const later = process.moduleLoadList.filter((name) => !before.has(name))
      const heavy = process.moduleLoadList.filter((name) => /^NativeModule (crypto|zlib|https?)$/.test(name))
      process.stdout.write([...later, ...heavy].join())`
    await build({
      stdin: { contents, resolveDir: folder },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
    })
    assert.equal(execFileSync('node', [outfile], { encoding: 'utf8' }), '')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
