/** The backend of a sandbox, worked from outside: a call a line, as [id, name, arguments], answered in any order. */

import { createInterface } from 'node:readline'

import { openBackend } from '@motia/runtime/aws/sandbox.ts'
import { describe } from '@motia/runtime/failure.ts'

const clock = process.env['CLOCK'] ? () => Number(process.env['CLOCK']) : undefined
const backend: any = openBackend(process.env, { clock })

async function run(id: number, name: string, given: unknown[]): Promise<void> {
  let answer: object
  try {
    const [part = '', method = ''] = name.split('.')
    const value = await backend[part][method](...given)
    answer = { id, value: Buffer.isBuffer(value) ? value.toString() : (value ?? null) }
  } catch (error) {
    answer = { id, error: describe(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

for await (const line of createInterface({ input: process.stdin })) {
  const [id, name, given] = JSON.parse(line) as [number, string, unknown[]]
  void run(id, name, given)
}
