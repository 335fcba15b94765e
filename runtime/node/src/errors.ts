/**
 * The one tree of errors.
 *
 * MotiaError                  what went wrong, where, what is allowed, what to do
 * ├── ProjectError            the project or its input is wrong
 * │   └── StepLoadError       a Step file cannot be imported
 * ├── CloudError              AWS or the emulator refused
 * │   └── AwsError            one AWS call failed: service, code, request id
 * └── StepError               thrown to the code of a Step
 *     ├── EmitError           undeclared topic, no messageGroupId, too large, ...
 *     ├── StateError          bad group or key, value that is not JSON
 *     ├── StreamError         unknown stream, bad id, value that is not JSON
 *     │   └── UnknownStreamError  the context was asked for a stream that no file declares
 *     ├── RequestError        what a client sent cannot be read
 *     ├── HandlerExit         the handler ended itself: process.exit
 *     └── ResponseError       what the handler returned cannot be an HTTP response
 */

export interface Details {
  readonly where?: string | undefined
  readonly allowed?: string | undefined
  readonly remedy?: string | undefined
}

/** What the constructors of this tree have in common, for functions that are told which error to throw. */
export type ErrorType = new (what: string, details?: Details) => MotiaError

/**
 * Base of everything this project throws on purpose.
 *
 * what: one sentence. where: file, Step or resource. allowed: the values that would have been accepted. remedy: what to
 * do next. `message` is all of them in one line.
 */
export class MotiaError extends Error {
  declare readonly what: string
  declare readonly where: string | undefined
  declare readonly allowed: string | undefined
  declare readonly remedy: string | undefined

  constructor(what: string, details: Details = {}) {
    super(sentence(what, details))
    // not enumerable: a log record shows the message, which has them all
    keep(this, { what, where: details.where, allowed: details.allowed, remedy: details.remedy })
  }
}

/** The project, or what was given to it, is wrong. */
export class ProjectError extends MotiaError {}

/** A Step file cannot be imported; `traceback` holds the part of the stack that lies in the user's files. */
export class StepLoadError extends ProjectError {
  declare readonly traceback: string

  constructor(what: string, details: Details & { readonly traceback?: string } = {}) {
    super(what, details)
    keep(this, { traceback: details.traceback ?? '' })
  }
}

/** AWS, or the emulator, refused. */
export class CloudError extends MotiaError {}

/**
 * One AWS call failed.
 *
 * code: the service's error code, such as `AccessDeniedException`. status: HTTP status, 0 if there was no answer.
 */
export class AwsError extends CloudError {
  declare readonly service: string
  declare readonly code: string
  declare readonly status: number
  declare readonly requestId: string

  constructor(
    what: string,
    details: { readonly service: string; readonly code: string; readonly status?: number; readonly requestId?: string },
  ) {
    super(what, { where: details.service })
    const { service, code, status = 0, requestId = '' } = details
    keep(this, { service, code, status, requestId })
  }
}

/** A Step used its context wrongly. */
export class StepError extends MotiaError {}

/** An event was not sent. */
export class EmitError extends StepError {}

/** A state call was refused. */
export class StateError extends StepError {}

/** A stream call was refused. */
export class StreamError extends StepError {}

/** The context was asked for a stream that no file declares. */
export class UnknownStreamError extends StreamError {}

/** What a client sent cannot be read; `status` is the HTTP status that says so to the client. */
export class RequestError extends StepError {
  declare readonly status: number

  constructor(what: string, details: Details & { readonly status: number }) {
    super(what, details)
    keep(this, { status: details.status })
  }
}

/** The handler ended itself: process.exit. */
export class HandlerExit extends StepError {}

/** What a handler returned cannot become an HTTP response. */
export class ResponseError extends StepError {}

const TREE = {
  MotiaError,
  ProjectError,
  StepLoadError,
  CloudError,
  AwsError,
  StepError,
  EmitError,
  StateError,
  StreamError,
  UnknownStreamError,
  RequestError,
  HandlerExit,
  ResponseError,
}

// written out, because a bundler may rename a class
for (const [name, type] of Object.entries(TREE)) keep(type.prototype, { name })

function sentence(what: string, { where, allowed, remedy }: Details): string {
  const parts = [what]
  if (where) parts.push(`in ${where}`)
  if (allowed) parts.push(`allowed: ${allowed}`)
  if (remedy) parts.push(remedy)
  return parts.join('; ')
}

function keep(target: object, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  }
}
