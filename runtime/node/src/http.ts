/** An HTTP exchange as plain data, whatever carried it: API Gateway, the local server, a test. */

/** (name, value), a repeated name repeated. */
export type HeaderPairs = readonly (readonly [string, string])[]

/**
 * method: upper case. path: as sent, still percent-encoded, without query. query: raw, without "?". headers: lower-case
 * names, in order of arrival. pathParams: decoded.
 */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: HeaderPairs
  readonly body: Buffer
  readonly pathParams: Readonly<Record<string, string>>
}

/** body: bytes as they go on the wire. */
export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderPairs
  readonly body: Buffer
}

export const NO_BODY = Buffer.alloc(0)
