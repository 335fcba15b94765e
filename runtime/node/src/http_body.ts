/** The body of a request, read by its content type. Nothing is thrown away: what has no reading stays bytes. */

import { RequestError } from './errors.ts'
import { inflate } from './inflate.ts'
import { fault } from './json_fault.ts'
import { MAX_DEPTH } from './jsonable.ts'
import { quoted } from './kinds.ts'
import { parse } from './query.ts'

// Amazon API Gateway "Quotas for configuring and running an HTTP API": payload size 10 MB. The same everywhere.
export const MAX_BODY_BYTES = 10 * 1024 * 1024

/** body: parsed. raw: the text, or the bytes when it is none. */
export interface Body {
  readonly body: unknown
  readonly raw: string | Buffer
}

/**
 * The body of a request. headers: lower-case names. limit: bytes, sent and inflated.
 *
 * RequestError with status 413 over the limit, 415 for an encoding or charset that is not known, 400 for text or JSON
 * that is not.
 */
export function readBody(headers: Readonly<Record<string, string>>, sent: Buffer, limit = MAX_BODY_BYTES): Body {
  if (sent.length > limit) throw tooLarge(limit)
  if (!sent.length) return { body: {}, raw: '' }
  let raw = sent
  const encoding = headers['content-encoding']
  if (encoding) {
    for (const name of encoding.split(',').reverse()) {
      raw = inflate(name.trim().toLowerCase(), raw, limit) ?? overLimit(limit)
    }
    if (!raw.length) return { body: {}, raw: '' }
  }
  const { kind, charset } = contentType(headers['content-type'] ?? '')
  if (kind === 'application/json' || kind.endsWith('+json')) {
    const text = decode(raw, charset)
    return { body: json(text), raw: text }
  }
  if (kind === 'application/x-www-form-urlencoded') {
    const text = decode(raw, charset)
    return { body: parse(text), raw: text }
  }
  if (kind.startsWith('text/')) {
    const text = decode(raw, charset)
    return { body: text, raw: text }
  }
  return { body: raw, raw }
}

function contentType(header: string): { kind: string; charset: string } {
  const [first, ...parameters] = header.split(';')
  const kind = first!.trim().toLowerCase()
  for (const parameter of parameters) {
    const at = parameter.indexOf('=')
    if (at < 0 || parameter.slice(0, at).trim().toLowerCase() !== 'charset') continue
    const charset = parameter
      .slice(at + 1)
      .trim()
      .replace(/^["']+|["']+$/g, '')
      .toLowerCase()
    return { kind, charset: charset || 'utf-8' }
  }
  return { kind, charset: 'utf-8' }
}

function decode(raw: Buffer, charset: string): string {
  const label = charset.replaceAll('_', '-')
  if (LATIN_1.has(label)) return raw.toString('latin1')
  try {
    return new TextDecoder(label === 'utf8' ? 'utf-8' : label, { fatal: true }).decode(raw)
  } catch (bad) {
    if (bad instanceof RangeError) {
      throw new RequestError(`Unknown charset ${quoted(charset)}`, { status: 415, allowed: 'utf-8' })
    }
    const at = label === 'utf-8' || label === 'utf8' ? ` at byte ${firstBadByte(raw)}` : ''
    throw new RequestError(`Body is not valid ${charset.toUpperCase()}${at}`, { status: 400 })
  }
}

/** TextDecoder takes these names for Windows' encoding. */
const LATIN_1 = new Set(['latin-1', 'latin1', 'iso-8859-1', 'iso8859-1', 'l1'])

/** Where the first sequence that is no UTF-8 begins; one that breaks off at the end is one. */
function firstBadByte(raw: Buffer): number {
  let [good, bad] = [0, raw.length + 1]
  const fits = (end: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(raw.subarray(0, end), { stream: true })
      return true
    } catch {
      return false
    }
  }
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (middle <= raw.length && fits(middle)) good = middle
    else bad = middle
  }
  // what fits may end in the start of a sequence
  let start = good
  while (start > 0 && good - start < 3 && (raw[start - 1]! & 0xc0) === 0x80) start -= 1
  const lead = start > 0 ? raw[start - 1]! : 0
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start > 0 && length > good - start + 1 ? start - 1 : good
}

function json(text: string): unknown {
  if (text.length > MAX_DEPTH && tooDeep(text)) {
    throw new RequestError('Malformed JSON body: nested too deeply', { status: 400 })
  }
  try {
    return MAY_OVERFLOW.test(text) ? JSON.parse(text, finite) : JSON.parse(text)
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError(`Malformed JSON body: ${fault(text) ?? (error as Error).message}`, { status: 400 })
  }
}

/** Digits or an exponent of numbers that may be beyond what a number can hold: JSON.parse makes them infinite. */
const MAY_OVERFLOW = /\d{300}|[eE]\+?\d{3}/

function finite(_: string, value: unknown): unknown {
  if (value !== Infinity && value !== -Infinity) return value
  throw new RequestError('Malformed JSON body: a number is too large', { status: 400 })
}

function tooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (code === 0x5d || code === 0x7d) depth -= 1
  }
  return false
}

function overLimit(limit: number): never {
  throw tooLarge(limit)
}

function tooLarge(limit: number): RequestError {
  return new RequestError('Request body too large', { status: 413, allowed: `at most ${limit} bytes, inflated` })
}
