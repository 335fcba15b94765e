/**
 * One AWS service: signed requests, retries, errors.
 *
 * Retries follow the SDKs' standard mode: up to five attempts, exponential back-off with full jitter, for throttling,
 * server faults and broken connections. A request whose answer was lost may therefore be carried out twice, as with
 * every AWS SDK; callers make that harmless.
 */

import { AwsError } from '../errors.ts'
import { zlibModule } from './builtins.ts'
import type { Credentials } from './credentials.ts'
import { CredentialSource } from './credentials.ts'
import type { Endpoint, Environ } from './endpoints.ts'
import { parseEndpoint, regionOf, resolveEndpoint } from './endpoints.ts'
import { EXPIRED, SKEW, errorOf, httpDate, redacted, requestId, retryable, throttled } from './failures.ts'
import { encodeJson } from './json.ts'
import type { Loss, Response } from './response.ts'
import { TransportError } from './response.ts'
import type { Headers } from './sigv4.ts'
import { Signer } from './sigv4.ts'
import { HttpPool } from './transport.ts'

export const MAX_ATTEMPTS = 5
const SKEW_S = 240 // AWS refuses from 300 s on, in most services
const USER_AGENT = 'motia-runtime'
const TARGETS: Record<string, string> = { sqs: 'AmazonSQS', dynamodb: 'DynamoDB_20120810' }
const CODES: Record<Loss, string> = {
  connect: 'ConnectionError',
  timeout: 'RequestTimeout',
  closed: 'ConnectionClosed',
  protocol: 'InvalidResponse',
  'too-large': 'ResponseTooLarge',
  tls: 'CertificateError',
}

export type Pause = (seconds: number) => Promise<void>

/**
 * endpoint: URL, for an emulator; otherwise what the environment says, or AWS itself. pause, clock: for tests.
 * connectTimeoutS, readTimeoutS: of each attempt.
 */
export interface ClientOptions {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly environ?: Environ | undefined
  readonly credentials?: CredentialSource | undefined
  readonly pause?: Pause | undefined
  readonly clock?: (() => number) | undefined
  readonly connectTimeoutS?: number | undefined
  readonly readTimeoutS?: number | undefined
  readonly maxAttempts?: number | undefined
}

/**
 * operation: for messages. path, query: percent-encoded. headers: lower-case names. host: another than the endpoint's,
 * with its port and TLS. idempotent (the default): see Exchange.
 */
export interface Call {
  readonly operation: string
  readonly method: string
  readonly path: string
  readonly headers?: Headers | undefined
  readonly body?: Uint8Array | undefined
  readonly query?: string | undefined
  readonly host?: string | undefined
  readonly unsignedPayload?: boolean | undefined
  readonly idempotent?: boolean | undefined
}

type Parameters = Readonly<Record<string, unknown>>

/** Calls one service. */
export class AwsClient {
  readonly service: string
  readonly region: string
  readonly endpoint: Endpoint
  readonly pause: Pause
  readonly #options: ClientOptions
  readonly #credentials: CredentialSource
  readonly #signer: Signer
  readonly #pools = new Map<string, HttpPool>()
  #skew = 0

  constructor(service: string, options: ClientOptions = {}) {
    const { environ = process.env, endpoint } = options
    this.service = service
    this.region = options.region || regionOf(environ)
    this.endpoint = endpoint ? parseEndpoint(endpoint) : resolveEndpoint(service, this.region, environ)
    this.pause = options.pause ?? sleep
    this.#options = options
    this.#credentials = options.credentials ?? new CredentialSource(environ)
    this.#signer = new Signer(service, this.region)
  }

  /** One operation of a service that speaks JSON 1.0; gives the decoded answer. AwsError. */
  async call<T>(operation: string, payload: Parameters, idempotent = true): Promise<T> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${TARGETS[this.service]}.${operation}`,
    }
    const body = encodeJson(payload)
    const response = await this.request({ operation, method: 'POST', path: '/', headers, body, idempotent })
    if (!response.body.length) return {} as T
    try {
      return JSON.parse(response.body.toString()) as T
    } catch {
      throw this.#error(operation, 'InvalidResponse', response.status, 'the answer is not JSON')
    }
  }

  /** One signed request, with retries; gives an answer of status 2xx. AwsError, CredentialsError. */
  async request(call: Call): Promise<Response> {
    const { method, query = '', body = new Uint8Array(), unsignedPayload = false, idempotent = true } = call
    const pool = this.#pool(call.host ?? this.endpoint.host)
    const path = `${this.endpoint.path}${call.path}`
    const target = query ? `${path}?${query}` : path
    const headers = { host: pool.hostHeader, 'user-agent': USER_AGENT, ...call.headers }
    let corrected = false
    for (let attempt = 1; ;) {
      const credentials = await this.#credentials.get()
      const now = this.#clock() + this.#skew
      const signed = this.#signer.sign({ method, path, query, headers, body, credentials, now, unsignedPayload })
      const failure = await this.#attempt(call.operation, credentials, () =>
        pool.request({ method, target, headers: signed, body, idempotent }),
      )
      if (!('again' in failure)) return failure
      if (!corrected && failure.refused && (await this.#corrected(failure.error.code, failure.refused, credentials))) {
        corrected = true
        continue
      }
      if (!failure.again || attempt >= (this.#options.maxAttempts ?? MAX_ATTEMPTS)) {
        throw failure.again ? counted(failure.error, attempt) : failure.error
      }
      await this.pause(backoff(attempt, failure.slowDown))
      attempt += 1
    }
  }

  /** Close the idle connections. */
  close(): void {
    for (const pool of this.#pools.values()) pool.close()
  }

  async #attempt(
    operation: string,
    credentials: Credentials,
    send: () => Promise<Response>,
  ): Promise<Response | Failure> {
    let response: Response
    try {
      response = await send()
    } catch (lost) {
      if (!(lost instanceof TransportError)) throw lost
      const error = this.#error(operation, CODES[lost.kind], 0, lost.what, '', this.#remedy(lost))
      error.cause = lost
      return { error, again: lost.retryable, slowDown: false }
    }
    const { status } = response
    if (status >= 200 && status < 300) {
      if (intact(response)) return response
      const error = this.#error(operation, 'CorruptResponse', status, 'the checksum of the answer does not match')
      return { error, again: true, slowDown: false }
    }
    const [code, message] = errorOf(response)
    const error = this.#error(operation, code, status, redacted(message, credentials), requestId(response))
    return { error, again: retryable(code, status), slowDown: throttled(code, status), refused: response }
  }

  /** The cause of a refusal was found and removed: a wrong clock here, or credentials that ran out. */
  async #corrected(code: string, response: Response, credentials: Credentials): Promise<boolean> {
    if (EXPIRED.has(code)) return this.#credentials.expire(credentials)
    const server = SKEW.has(code) ? httpDate(response.headers['date'] ?? '') : undefined
    if (server === undefined) return false
    const skew = server - this.#clock()
    if (Math.abs(skew - this.#skew) < SKEW_S) return false
    this.#skew = skew
    return true
  }

  #clock(): number {
    return this.#options.clock ? this.#options.clock() : Date.now() / 1000
  }

  #pool(host: string): HttpPool {
    let pool = this.#pools.get(host)
    if (!pool) {
      const { connectTimeoutS, readTimeoutS } = this.#options
      pool = new HttpPool({ host, port: this.endpoint.port, tls: this.endpoint.tls, connectTimeoutS, readTimeoutS })
      this.#pools.set(host, pool)
    }
    return pool
  }

  #remedy(lost: TransportError): string {
    if (lost.kind === 'connect' && this.endpoint.custom) return 'start the emulator, or correct AWS_ENDPOINT_URL'
    if (lost.kind === 'tls') return 'set AWS_CA_BUNDLE to a file with the certificates to trust'
    return ''
  }

  #error(operation: string, code: string, status: number, message: string, requestId = '', remedy = ''): AwsError {
    const what = `${operation} failed with ${code}${message ? `: ${message}` : ''}`
    const error = new AwsError(what, { service: this.service, code, status, requestId })
    if (remedy) error.message += `; ${remedy}`
    return error
  }
}

interface Failure {
  readonly error: AwsError
  readonly again: boolean
  readonly slowDown: boolean
  readonly refused?: Response
}

/** Seconds to wait after the given attempt (from 1): a random part of a doubling bound, longer after throttling. */
export function backoff(attempt: number, slowDown: boolean): number {
  const [base, most] = slowDown ? [0.5, 8] : [0.1, 2]
  return Math.random() * Math.min(most, base * 2 ** (attempt - 1))
}

function counted(error: AwsError, attempts: number): AwsError {
  const { service, code, status, requestId, cause } = error
  const many = new AwsError(`${error.what} (${attempts} attempts)`, { service, code, status, requestId })
  many.message += error.message.slice(`${error.what}; in ${service}`.length) // the remedy
  if (cause !== undefined) many.cause = cause
  return many
}

/** DynamoDB sends the CRC-32 of every answer; other services none. */
function intact(response: Response): boolean {
  const expected = response.headers['x-amz-crc32']
  if (expected === undefined || !/^\d+$/.test(expected) || 'content-encoding' in response.headers) return true
  const { crc32 } = zlibModule()
  return typeof crc32 !== 'function' || crc32(response.body) === Number(expected) // Node has it since 20.15
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
