/** What AWS's error answers mean: code, message, and whether trying again helps. */

import type { Credentials } from './credentials.ts'
import type { Response } from './response.ts'

// "AWS SDKs and Tools Reference Guide: retry behavior" and the error lists of SQS, DynamoDB and S3.
const THROTTLING = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'KmsThrottled',
  'KMS.ThrottlingException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingError',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgress',
  'TransactionInProgressException',
])
const TRANSIENT = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'TransactionConflictException',
])
/** The clock of the client is wrong, or the signature is. */
export const SKEW: ReadonlySet<string> = new Set([
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
])
/** The credentials have run out. */
export const EXPIRED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'])

const MESSAGE_LIMIT = 1000
const HEAD_LIMIT = 65_536
const ENTITIES: readonly [string, string][] = [
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&amp;', '&'],
]

/** The service asks for fewer requests. */
export function throttled(code: string, status: number): boolean {
  return THROTTLING.has(code) || status === 429
}

/** The same request may succeed later. */
export function retryable(code: string, status: number): boolean {
  return throttled(code, status) || TRANSIENT.has(code) || [500, 502, 503, 504].includes(status)
}

/** Code and message of an error answer, JSON or XML; the status and nothing if it is neither. */
export function errorOf(response: Response): [code: string, message: string] {
  const text = response.body.subarray(0, HEAD_LIMIT).toString()
  const isJson = text.trimStart().startsWith('{')
  const [code, message] = isJson ? jsonError(response.body) : [element(text, 'Code'), element(text, 'Message')]
  const named = code || response.headers['x-amzn-errortype'] || ''
  const plain = named.slice(named.lastIndexOf('#') + 1).split(':')[0]
  return [plain || String(response.status), message]
}

/** What AWS Support asks for. */
export function requestId(response: Response): string {
  return response.headers['x-amzn-requestid'] || response.headers['x-amz-request-id'] || ''
}

/** `text`, shortened and without secrets: a refused signature is answered with all that was signed. */
export function redacted(text: string, credentials: Credentials): string {
  let safe = text
  for (const secret of [credentials.token, credentials.secretKey, credentials.accessKey]) {
    if (secret) safe = safe.replaceAll(secret, '***')
  }
  return safe.length <= MESSAGE_LIMIT ? safe : `${safe.slice(0, MESSAGE_LIMIT)}...`
}

/** Seconds since the epoch of a Date header, such as `Tue, 15 Nov 1994 08:12:31 GMT`; undefined if it is not one. */
export function httpDate(text: string): number | undefined {
  if (!/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}

function jsonError(body: Buffer): [string, string] {
  let raw: Record<string, unknown>
  try {
    raw = JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    return ['', ''] // not JSON after all: the status has to do
  }
  return [String(raw['__type'] || raw['code'] || ''), String(raw['message'] || raw['Message'] || '')]
}

function element(text: string, name: string): string {
  const start = text.indexOf(`<${name}>`)
  const end = text.indexOf(`</${name}>`, start)
  if (start < 0 || end < 0) return ''
  let value = text.slice(start + name.length + 2, end)
  for (const [entity, character] of ENTITIES) value = value.replaceAll(entity, character)
  return value
}
