/**
 * Running a Step once. The Lambda entry points, the local workers and the tests all come through here.
 *
 * const step = loadStep(await import(file), descriptor)
 * const response = await invokeApi(step, request, backend, topics, { traceId: newTraceId() })
 */

import type { Backend, Topics } from './backend.ts'
import { FlowContext } from './context.ts'
import type { StepDescriptor } from './descriptor.ts'
import { RequestError, StepError } from './errors.ts'
import { describe } from './failure.ts'
import type { HttpRequest, HttpResponse } from './http.ts'
import { MAX_BODY_BYTES } from './http_body.ts'
import type { LoadedStep } from './loading.ts'
import { Logger } from './logger.ts'
import { compose } from './middleware.ts'
import { readRequest, type Request } from './request.ts'
import { encode, refusal, SERVER_ERROR } from './response.ts'

export { type Handler, type LoadedStep, loadStep } from './loading.ts'

export const API_FAILURE = '[API] Internal server error'

/** streams: names of the project's streams. */
export interface Invocation {
  readonly traceId: string
  readonly streams?: readonly string[]
}

/**
 * Answer one request. Never rejects: a request that cannot be read is a 4xx, a failing handler an error log and 500.
 *
 * topics: subscribers by topic. maxBodyBytes: sent and inflated.
 */
export async function invokeApi(
  step: LoadedStep,
  request: HttpRequest,
  backend: Backend,
  topics: Topics,
  options: Invocation & { readonly maxBodyBytes?: number },
): Promise<HttpResponse> {
  let req: Request
  try {
    req = readRequest(request, options.maxBodyBytes ?? MAX_BODY_BYTES)
  } catch (error) {
    if (error instanceof RequestError) return refusal(error)
    throw error
  }
  const context = new FlowContext(step.descriptor, backend, topics, options.traceId, options.streams)
  try {
    const answer = compose(step.middleware, (given) => step.handler(given, context), context)
    return encode(await run(step, context, () => answer(req)), { head: request.method === 'HEAD' })
  } catch (error) {
    context.logger.error(API_FAILURE, { error: error instanceof Error ? error : describe(error) })
    return SERVER_ERROR
  }
}

/** Handle one event; rejects with what the handler threw, and logs nothing about it. */
export async function invokeEvent(
  step: LoadedStep,
  data: unknown,
  backend: Backend,
  topics: Topics,
  options: Invocation,
): Promise<void> {
  const context = new FlowContext(step.descriptor, backend, topics, options.traceId, options.streams)
  await run(step, context, () => step.handler(data, context))
}

/** Run a cron Step once; rejects with what the handler threw, and logs nothing about it. */
export async function invokeCron(
  step: LoadedStep,
  backend: Backend,
  topics: Topics,
  options: Invocation,
): Promise<void> {
  const context = new FlowContext(step.descriptor, backend, topics, options.traceId, options.streams)
  // one parameter is the context, a first of two is empty
  await run(step, context, () => (step.handler.length >= 2 ? step.handler({}, context) : step.handler(context)))
}

/** Write an error record in the name of a Step, with `error` as {message, stack, name, code?}. */
export function logFailure(
  step: StepDescriptor,
  backend: Backend,
  traceId: string,
  message: string,
  error: unknown,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const logger = new Logger(step.name, traceId, step.flows, backend.logs, backend.trace)
  logger.error(message, { error: error instanceof Error ? error : describe(error), ...fields })
}

/** Await a handler and the calls it left behind. */
async function run({ descriptor }: LoadedStep, context: FlowContext, work: () => unknown): Promise<unknown> {
  try {
    const result = await work()
    if (/^\[object (Async)?Generator\]$/.test(Object.prototype.toString.call(result))) {
      throw new StepError('the handler returned a generator, of which nothing has run', {
        where: descriptor.file,
        remedy: 'write `return` where it has `yield`',
      })
    }
    return result
  } finally {
    await context.finish()
  }
}
