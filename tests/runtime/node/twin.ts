/** Answers lines of JSON {"call", "args"} with what the Node runtime makes of them: {"value"} or {"error"}. */

import { createInterface } from 'node:readline'

import { MotiaError, RequestError } from '@motia/runtime/errors.ts'
import type { HttpResponse } from '@motia/runtime/http.ts'
import { readBody } from '@motia/runtime/http_body.ts'
import { fault } from '@motia/runtime/json_fault.ts'
import { quoted } from '@motia/runtime/kinds.ts'
import { functionName, queueName, stepId, versionPrefix } from '@motia/runtime/names.ts'
import { compilePath, Router } from '@motia/runtime/paths.ts'
import { unquote } from '@motia/runtime/percent.ts'
import { parse } from '@motia/runtime/query.ts'
import { readRequest } from '@motia/runtime/request.ts'
import { encode, refusal } from '@motia/runtime/response.ts'

const told = (response: HttpResponse): object => ({ ...response, body: response.body.toString('base64') })
const bytes = (value: unknown): unknown => (Buffer.isBuffer(value) ? { bytes: value.toString('base64') } : value)

const CALLS: Record<string, (...args: never[]) => unknown> = {
  query: (text: string) => parse(text),
  unquote: (text: string) => unquote(text),
  quoted: (text: string) => quoted(text),
  fault: (text: string) => fault(text) ?? null,
  body: (headers: Record<string, string>, sent: string, limit: number) => {
    const { body, raw } = readBody(headers, Buffer.from(sent, 'base64'), limit)
    return [bytes(body), bytes(raw)]
  },
  refusal: (what: string, status: number, allowed: string | null) =>
    told(refusal(new RequestError(what, { status, allowed: allowed ?? undefined }))),
  response: (result: unknown, head: boolean) => told(encode(result, { head })),
  request: (headers: [string, string][], query: string) =>
    readRequest({ method: 'GET', path: '/', query, headers, body: Buffer.alloc(0), pathParams: { id: 'a' } }),
  pattern: (path: string) => {
    const { rank, literal } = compilePath(path)
    return [rank, literal ?? null]
  },
  route: (routes: [string, string][], method: string, path: string) => {
    const router = new Router(routes.map(([method, path], at) => [method, path, at]))
    const found = router.match(method, path)
    return [found ? [found.target, found.params] : null, router.methods(path)]
  },
  names: (text: string, other: string) => {
    const [prefix, step] = [versionPrefix(text, other, text), stepId(other)]
    const queues = [queueName(prefix, step, { fifo: true, deadLetter: true }), queueName(prefix, step, { fifo: false })]
    return [prefix, step, functionName(prefix, step), ...queues]
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line) as { call: string; args: never[] }
  let answer: object
  try {
    answer = { value: CALLS[call]!(...args) }
  } catch (error) {
    if (!(error instanceof MotiaError)) throw error
    answer = { error: [error.name, error.what] }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
