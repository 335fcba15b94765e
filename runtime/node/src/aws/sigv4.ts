/**
 * AWS Signature Version 4 for request headers.
 *
 * Written from "Create a signed AWS API request" (IAM User Guide). S3 differs from every other service in two ways: its
 * path is signed as sent, and it wants the hash of the payload in a header.
 */

import { cryptoModule } from './builtins.ts'
import type { Credentials } from './credentials.ts'

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
export const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Headers by lower-case name. */
export type Headers = Record<string, string>

/** path, query: as they go on the wire, percent-encoded. headers: `host` among them. now: seconds since the epoch. */
export interface Signable {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  readonly body: Uint8Array
  readonly credentials: Credentials
  readonly now: number
  readonly unsignedPayload?: boolean
}

// What a proxy may change on the way, and what the SDKs therefore leave out.
const NOT_SIGNED = new Set([
  'authorization',
  'baggage',
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
])

/** `text` as one component of a URL: every byte of its UTF-8 but the unreserved is escaped. */
export function quote(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, escaped)
}

/** As `quote`, but slashes stay. */
export function quotePath(text: string): string {
  return quote(text).replaceAll('%2F', '/')
}

/** The SHA-256 of `data` in hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return cryptoModule().createHash('sha256').update(data).digest('hex')
}

/** Signs the requests of one service in one region. */
export class Signer {
  readonly #service: string
  readonly #region: string
  readonly #s3: boolean
  #key: { secret: string; day: string; key: Uint8Array } = { secret: '', day: '', key: new Uint8Array() }

  constructor(service: string, region: string) {
    this.#service = service
    this.#region = region
    this.#s3 = service === 's3'
  }

  /** A copy of the headers with what the signature adds. */
  sign(request: Signable): Headers {
    const { credentials, unsignedPayload } = request
    const stamp = timestamp(request.now)
    const signed: Headers = { ...request.headers, 'x-amz-date': stamp }
    if (credentials.token) signed['x-amz-security-token'] = credentials.token
    const payload = unsignedPayload ? UNSIGNED_PAYLOAD : sha256Hex(request.body)
    if (this.#s3 || unsignedPayload) signed['x-amz-content-sha256'] = payload
    const names = Object.keys(signed)
      .filter((name) => !NOT_SIGNED.has(name))
      .sort()
    const lines = names.map((name) => `${name}:${squeezed(signed[name] ?? '')}\n`).join('')
    const nameList = names.join(';')
    const path = this.#path(request.path)
    const query = canonicalQuery(request.query)
    const canonical = `${request.method}\n${path}\n${query}\n${lines}\n${nameList}\n${payload}`
    const day = stamp.slice(0, 8)
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`
    const toSign = `${ALGORITHM}\n${stamp}\n${scope}\n${sha256Hex(canonical)}`
    const key = this.#signingKey(credentials.secretKey, day)
    const signature = cryptoModule().createHmac('sha256', key).update(toSign).digest('hex')
    const credential = `Credential=${credentials.accessKey}/${scope}`
    signed['authorization'] = `${ALGORITHM} ${credential}, SignedHeaders=${nameList}, Signature=${signature}`
    return signed
  }

  #signingKey(secret: string, day: string): Uint8Array {
    if (this.#key.day !== day || this.#key.secret !== secret) {
      let key: Uint8Array = Buffer.from(`AWS4${secret}`)
      for (const part of [day, this.#region, this.#service, 'aws4_request']) {
        key = cryptoModule().createHmac('sha256', key).update(part).digest()
      }
      this.#key = { secret, day, key }
    }
    return this.#key.key
  }

  #path(path: string): string {
    if (path === '/' || this.#s3) return path || '/'
    return quotePath(removeDotSegments(path))
  }
}

/** The parameters of an encoded query, sorted by name and then value, each with its `=`. */
export function canonicalQuery(query: string): string {
  if (!query) return ''
  return query
    .split('&')
    .map(nameAndValue)
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** `path` without `.`, `..` and empty segments (RFC 3986 section 5.2.4, and AWS's rule on repeated slashes). */
export function removeDotSegments(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

function timestamp(now: number): string {
  return new Date(Math.floor(now) * 1000).toISOString().replace(/[-:]|\.000/g, '')
}

function squeezed(value: string): string {
  return value.trim().replace(/\s+/g, ' ')
}

function nameAndValue(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
}

function byNameThenValue(one: [string, string], other: [string, string]): number {
  return compare(one[0], other[0]) || compare(one[1], other[1])
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
