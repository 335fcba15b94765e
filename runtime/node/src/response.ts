/**
 * What a handler returns, as an HTTP response.
 *
 * | body | sent as | default content type |
 * |---|---|---|
 * | absent, undefined | nothing | application/json |
 * | string | itself | text/html |
 * | Buffer, typed array, ArrayBuffer, {type: 'Buffer', data} | itself | application/octet-stream |
 * | what is still to be read: a stream, a Blob, the body of a Response of fetch | an error | |
 * | anything else, null included | JSON | application/json |
 *
 * Statuses 204 and 304 have no body. Text goes out as UTF-8 and says so. The CORS headers are on every response; those
 * of a handler replace them.
 */

import { type RequestError, ResponseError } from './errors.ts'
import { type HeaderPairs, type HttpResponse, NO_BODY } from './http.ts'
import { dumps } from './jsonable.ts'
import { kindOf, quoted, shown } from './kinds.ts'

export const CORS_HEADERS: HeaderPairs = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', '*'],
  ['access-control-allow-headers', '*'],
  ['access-control-max-age', '600'],
]
const JSON_TYPE = 'application/json; charset=utf-8'
const BYTES_TYPE = 'application/octet-stream'
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'trailer'])
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/u
const TEXT_TYPE = /^(text\/.*|application\/(json|javascript|xml)|.*\+(json|xml))$/
const REMEDY = 'return { status: 200, body: ... }'

type Pair = readonly [string, string]

/** The response for what a handler returned; ResponseError when it is none. head: answer a HEAD request. */
export function encode(result: unknown, options: { readonly head?: boolean } = {}): HttpResponse {
  if (result === undefined || result === null) {
    throw new ResponseError('the handler returned nothing', { remedy: REMEDY })
  }
  if (typeof result !== 'object' || Array.isArray(result)) {
    throw new ResponseError(`the handler returned ${kindOf(result)}, which is not a response`, { remedy: REMEDY })
  }
  const given = result as { status?: unknown; headers?: unknown; body?: unknown }
  const status = statusOf(given)
  const headers = [...headerPairs(given.headers)]
  const { body, kind } = bodyOf(given.body)
  return assemble(status, headers, isBodiless(status) ? NO_BODY : body, kind, options.head ?? false)
}

/** An answer of our own. */
export function jsonResponse(status: number, body: unknown): HttpResponse {
  return assemble(status, [], dumps(body, 'body', ResponseError), JSON_TYPE, false)
}

/** The answer to a request that cannot be read: `error` says what; `detail` and `allowed` when there is more. */
export function refusal(error: RequestError): HttpResponse {
  const at = error.what.indexOf(': ')
  const what = at < 0 ? error.what : error.what.slice(0, at)
  const detail = at < 0 ? undefined : error.what.slice(at + 2)
  return jsonResponse(error.status, { error: what, detail: detail || undefined, allowed: error.allowed || undefined })
}

/** The answer to OPTIONS where no Step gives its own. */
export function preflight(): HttpResponse {
  return { status: 204, headers: CORS_HEADERS, body: NO_BODY }
}

function assemble(status: number, own: readonly Pair[], body: Buffer, kind: string, head: boolean): HttpResponse {
  const given = new Set(own.map(([name]) => name))
  const headers = [...CORS_HEADERS.filter(([name]) => !given.has(name)), ...own]
  if (isBodiless(status)) return { status, headers, body: NO_BODY }
  if (!given.has('content-type')) headers.push(['content-type', kind])
  else if (kind !== BYTES_TYPE) {
    for (const [at, [name, value]] of headers.entries()) {
      if (name === 'content-type') headers[at] = [name, withCharset(value)]
    }
  }
  if (!head) return { status, headers, body }
  headers.push(['content-length', String(body.length)])
  return { status, headers, body: NO_BODY }
}

function statusOf(result: { status?: unknown; statusCode?: unknown }): number {
  let { status } = result
  if (status === undefined) {
    const allowed = result.statusCode === undefined ? undefined : '`statusCode` is not read here, `status` is'
    throw new ResponseError('the handler returned a response without status', { allowed, remedy: REMEDY })
  }
  if (typeof status === 'string' && /^\d+$/.test(status)) status = Number(status)
  // 1xx announces another response, which a handler cannot send
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new ResponseError(`${shown(status)} is not an HTTP status`, { allowed: '200 to 599', remedy: REMEDY })
  }
  return status
}

/** What is still to be read, of the web or of Node: as JSON it would be `{}`. */
function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return body instanceof ReadableStream || body instanceof Blob || typeof (body as { pipe?: unknown }).pipe === 'function'
}

function bodyOf(body: unknown): { body: Buffer; kind: string } {
  if (body === undefined) return { body: NO_BODY, kind: JSON_TYPE }
  if (typeof body === 'string') return { body: Buffer.from(body), kind: 'text/html; charset=utf-8' }
  if (isStream(body)) {
    throw new ResponseError('the body is a stream, which has not been read', {
      remedy: 'read it first, for example: `body: Buffer.from(await response.arrayBuffer())`',
    })
  }
  const bytes = bytesOf(body)
  return bytes ? { body: bytes, kind: BYTES_TYPE } : { body: dumps(body, 'body', ResponseError), kind: JSON_TYPE }
}

function bytesOf(body: unknown): Buffer | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  if (Buffer.isBuffer(body)) return body
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (body instanceof ArrayBuffer) return Buffer.from(body)
  const { type, data } = body as { type?: unknown; data?: unknown }
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data) : undefined // a Buffer that was JSON once
}

function* headerPairs(headers: unknown): Generator<Pair> {
  if (headers === undefined || headers === null) return
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    throw new ResponseError(`headers are ${kindOf(headers)}`, { allowed: 'an object of names and values' })
  }
  const entries: Iterable<[unknown, unknown]> =
    headers instanceof Map || isHeaders(headers) ? headers : Object.entries(headers)
  const values = new Map<string, string[]>() // of names that differ in case only, the last one counts
  for (const [name, value] of entries) {
    if (typeof name !== 'string' || !TOKEN.test(name)) {
      throw new ResponseError(`${shown(name)} is not a header name`, { allowed: 'letters, digits and -' })
    }
    if (FRAMING.has(name.toLowerCase())) continue // the server's business; a wrong length would break the connection
    const several: unknown[] = (Array.isArray(value) ? value : [value]).filter((item) => item !== undefined && item !== null)
    const before = isHeaders(headers) ? (values.get(name) ?? []) : [] // those of fetch name each cookie anew
    values.set(name.toLowerCase(), [...before, ...several.map((item) => headerValue(name, item))])
  }
  for (const [name, several] of values) for (const value of several) yield [name, value]
}

/** The Headers of fetch. */
function isHeaders(headers: object): headers is Iterable<[string, string]> {
  return Object.prototype.toString.call(headers) === '[object Headers]'
}

function headerValue(name: string, value: unknown): string {
  if (
    typeof value !== 'string' &&
    typeof value !== 'number' &&
    typeof value !== 'boolean' &&
    typeof value !== 'bigint'
  ) {
    throw new ResponseError(`the header ${name} is ${kindOf(value)}`, {
      allowed: 'string, number, or an array of them',
    })
  }
  const text = String(value).replace(/^[ \t]+|[ \t]+$/g, '')
  const bad = UNSAFE_VALUE.exec(text)
  if (bad) {
    throw new ResponseError(`the header ${name} holds the character ${quoted(bad[0])}`, {
      allowed: 'printable characters of Latin-1, no line breaks',
      remedy: 'percent-encode the value',
    })
  }
  return text
}

function withCharset(value: string): string {
  return !value.includes(';') && TEXT_TYPE.test(value.trim().toLowerCase()) ? `${value}; charset=utf-8` : value
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304
}

export const NOT_FOUND = jsonResponse(404, { message: 'Not Found' })
export const SERVER_ERROR = jsonResponse(500, { error: 'Internal server error' })
