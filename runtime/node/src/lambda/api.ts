/**
 * Lambda entry point of API Steps: an HTTP API event (payload format 2.0) in, a response out.
 *
 * A bundle holds one Step, or with `api: router` all of a language. Shapes: Amazon API Gateway developer guide, "Create
 * AWS Lambda proxy integrations for HTTP APIs".
 */

import { isUtf8 } from 'node:buffer'
import type { StepDescriptor } from '../descriptor.ts'
import { StepLoadError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { newTraceId } from '../ids.ts'
import { API_FAILURE, invokeApi, logFailure } from '../invoke.ts'
import type { LoadedStep } from '../loading.ts'
import type { Params } from '../paths.ts'
import { Router, WILDCARD } from '../paths.ts'
import { NOT_FOUND, SERVER_ERROR, preflight } from '../response.ts'
import { contained } from './containment.ts'
import type { Module, Modules, Sandbox } from './sandbox.ts'
import { handlerOf, reportLoadError } from './sandbox.ts'

const RESPONSE_BYTES = 6_291_556 // AWS Lambda quotas: synchronous response payload, as its error message gives it
// The gateway answers for its CORS configuration and, on AWS, ignores what the integration says ("Configure CORS for
// HTTP APIs"). An emulator adds its own beside ours, and a browser refuses two.
const OF_THE_GATEWAY = 'access-control-allow-origin'
const TEXT = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)|.*\+(json|xml)$)/

/** What is read of an event. */
export interface ApiEvent {
  readonly rawPath?: string
  readonly rawQueryString?: string
  readonly headers?: Readonly<Record<string, string>> | null
  readonly cookies?: readonly string[] | null
  readonly pathParameters?: Readonly<Record<string, string>> | null
  readonly body?: string | null
  readonly isBase64Encoded?: boolean
  readonly requestContext: {
    readonly stage?: string
    readonly http: { readonly method: string; readonly path: string }
  }
}

/** The Lambda form of a response. */
export interface ApiAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded: boolean
  readonly cookies?: readonly string[]
}

interface Route {
  readonly target: StepDescriptor
  readonly params: Params
}

/** What Lambda calls. steps: modules by file. */
export function apiHandler(
  steps: Modules,
  descriptor: object | string,
  config?: Module,
): (event: ApiEvent) => Promise<ApiAnswer> {
  return handlerOf(handle, steps, descriptor, config)
}

/** The response to one request; never rejects for what a Step does. */
export async function handle(event: ApiEvent, sandbox: Sandbox): Promise<ApiAnswer> {
  const request = readEvent(event)
  const { steps } = sandbox.descriptor
  let found = route(event, request, routesOf(sandbox))
  if (!found && steps.length === 1) found = { target: steps[0]!, params: gatewayParameters(event) }
  if (!found) return writeResponse(request.method === 'OPTIONS' ? preflight() : NOT_FOUND)
  const step = found.target
  const traceId = newTraceId()
  let loaded: LoadedStep
  try {
    loaded = await sandbox.step(step)
  } catch (error) {
    if (!(error instanceof StepLoadError)) throw error
    reportLoadError(step, error, traceId)
    return writeResponse(SERVER_ERROR)
  }
  const written = writeResponse(await run(loaded, { ...request, pathParams: found.params }, sandbox, traceId))
  const size = sizeOf(written)
  if (size <= RESPONSE_BYTES) return written
  const what = `the response has ${size} bytes, Lambda takes ${RESPONSE_BYTES}; store it and answer with a link`
  logFailure(step, sandbox.services.backend, traceId, 'Response too large', new RangeError(what))
  return writeResponse(SERVER_ERROR)
}

/** The request in a payload 2.0 event. The gateway has already joined repeated headers, and set cookies apart. */
export function readEvent(event: ApiEvent): HttpRequest {
  const { http } = event.requestContext
  let headers = Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  if (event.cookies?.length) {
    headers = headers.filter(([name]) => name !== 'cookie')
    headers.push(['cookie', event.cookies.join('; ')])
  }
  return {
    method: http.method.toUpperCase(),
    path: event.rawPath || http.path,
    query: event.rawQueryString ?? '',
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    pathParams: {},
  }
}

/** The Lambda form of a response: repeated headers joined, cookies apart, bytes in base64 when they are not text. */
export function writeResponse(response: HttpResponse): ApiAnswer {
  const headers: Record<string, string> = {}
  const cookies: string[] = []
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') cookies.push(value)
    else if (name !== OF_THE_GATEWAY) headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  const textual = isText(response.body, headers)
  return {
    statusCode: response.status,
    headers,
    body: response.body.toString(textual ? 'utf8' : 'base64'),
    isBase64Encoded: !textual,
    ...(cookies.length ? { cookies } : {}),
  }
}

async function run(
  loaded: LoadedStep,
  request: HttpRequest,
  { descriptor, services: { backend } }: Sandbox,
  traceId: string,
): Promise<HttpResponse> {
  const { topics, streams } = descriptor
  try {
    return await contained(loaded.descriptor.file, () =>
      invokeApi(loaded, request, backend, topics, { traceId, streams }),
    )
  } catch (error) {
    logFailure(loaded.descriptor, backend, traceId, API_FAILURE, error)
    return SERVER_ERROR
  }
}

/** Whether the body is meant to be text, and is. */
function isText(body: Buffer, headers: Readonly<Record<string, string>>): boolean {
  const kind = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (body.length && (!TEXT.test(kind) || 'content-encoding' in headers)) return false
  return isUtf8(body) // else it is text in another charset
}

/** Bytes of the answer as Lambda counts them; exact where it matters, above a third of the limit. */
function sizeOf(written: ApiAnswer): number {
  return written.body.length < RESPONSE_BYTES / 3 ? 0 : Buffer.byteLength(JSON.stringify(written))
}

const routers = new WeakMap<Sandbox, Router<StepDescriptor>>()

function routesOf(sandbox: Sandbox): Router<StepDescriptor> {
  let routes = routers.get(sandbox)
  if (!routes) {
    routes = new Router(sandbox.descriptor.steps.map((step) => [step.method || 'GET', step.path || '/', step] as const))
    routers.set(sandbox, routes)
  }
  return routes
}

/**
 * Find the Step by path. A stage other than $default is the path's first segment.
 *
 * An HTTP API decodes `rawPath`, all but the escape of the percent sign, so decoding it once more is right.
 */
function route(event: ApiEvent, { method, path }: HttpRequest, routes: Router<StepDescriptor>): Route | undefined {
  const stage = event.requestContext.stage || '$default'
  const prefix = `/${stage}`
  const inStage = stage !== '$default' && (path === prefix || path.startsWith(`${prefix}/`))
  return (inStage && routes.match(method, path.slice(prefix.length) || '/')) || routes.match(method, path)
}

/** The gateway's own path parameters, for a path it decoded into something else (an escaped slash or `?`). */
function gatewayParameters(event: ApiEvent): Params {
  const given = Object.entries(event.pathParameters ?? {})
  return Object.fromEntries(given.map(([name, value]) => [name === 'proxy' ? WILDCARD : name, value]))
}
