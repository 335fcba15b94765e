/** The request a handler sees. */

import type { HeaderPairs, HttpRequest } from './http.ts'
import { MAX_BODY_BYTES, readBody } from './http_body.ts'
import { put } from './jsonable.ts'
import { parse, type Query } from './query.ts'

/** What a handler is given, and middleware may add to. rawBody: a string when the body is text, else the bytes. */
export interface Request {
  body: unknown
  headers: Record<string, string>
  pathParams: Record<string, string>
  queryParams: Record<string, Query>
  rawBody: string | Buffer
  [added: string]: unknown
}

/** `request` as a handler sees it; RequestError when its body cannot be read (limit: bytes). */
export function readRequest(request: HttpRequest, limit = MAX_BODY_BYTES): Request {
  const headers = joinHeaders(request.headers)
  const { body, raw } = readBody(headers, request.body, limit)
  return {
    body,
    headers,
    pathParams: { ...request.pathParams },
    queryParams: request.query ? parse(request.query) : {},
    rawBody: raw,
  }
}

/** Headers by lower-case name; repeated ones joined by ", ", cookies by "; ". */
export function joinHeaders(pairs: HeaderPairs): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of pairs) {
    const key = name.toLowerCase()
    const before = Object.hasOwn(headers, key) ? headers[key]! + (key === 'cookie' ? '; ' : ', ') : ''
    put(headers, key, before + value)
  }
  return headers
}
