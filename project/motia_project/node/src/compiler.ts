/**
 * The process that compiles a project, as long as somebody wants it to.
 *
 *     node compiler.mjs ROOT ESBUILD MOTIA
 *
 * Requests and answers are JSON, one a line, on standard input and output:
 *
 *     {"id": 1, "compile": {"files": ["steps/a.step.ts"]}}
 *     {"id": 1, "folder", "modules", "inputs", "warm", "problems", "notices"}      see `Compiled`
 *     {"id": 1, "error": {"what", "where", "allowed", "remedy", "problems"}}   nothing could be compiled
 *
 * Requests are answered in their order. The end of the input ends the process, and removes what it made.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { MotiaError, ProjectError } from '@motia/runtime/errors.ts'
import { Build } from './build.ts'
import { WrongOptions } from './esbuild_config.ts'

interface Request {
  readonly id: number
  readonly compile: { readonly files: readonly string[] }
}

async function main(): Promise<void> {
  const [root, esbuild, motia] = process.argv.slice(2) as [string, string, string]
  const above = join(realpathSync(root), '.motia', 'compiled')
  const build = new Build(root, esbuild, motia, join(above, `${process.pid}-${randomBytes(4).toString('hex')}`))
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, compile } = JSON.parse(line) as Request
    process.stdout.write(`${JSON.stringify({ id, ...(await answer(build, above, compile.files)) })}\n`)
  }
  await build.close()
}

async function answer(build: Build, above: string, files: readonly string[]): Promise<object> {
  try {
    removeStale(above)
    return await build.compile(files)
  } catch (error) {
    if (error instanceof MotiaError) {
      const { what, where, allowed, remedy } = error
      return { error: { what, where, allowed, remedy, problems: error instanceof WrongOptions ? error.problems : [] } }
    }
    return { error: { what: `compiling failed: ${error instanceof Error ? error.message : String(error)}` } }
  }
}

/** Folders of processes that were killed before they could remove them. */
function removeStale(above: string): void {
  try {
    mkdirSync(above, { recursive: true })
  } catch (error) {
    const what = `compiled files cannot be kept: ${(error as Error).message}`
    throw new ProjectError(what, { where: '.motia', remedy: 'make it a folder that can be written' })
  }
  for (const name of readdirSync(above)) {
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(above, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

await main()
