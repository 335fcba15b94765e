/**
 * Who may listen to streams: the project's `authenticate` when a client connects, a stream's `canAccess` when it joins.
 *
 * const auth = loadAuth(await import(configFile))                      // once
 * const context = await authenticate(auth, { authorization: '...' }, '/?token=x')
 * const guard = loadGuard(await import(file), guardDescriptor('chat', 'steps/chat.stream.ts'))
 * const allowed = await mayJoin(guard, { groupId: 'room-1' }, context)
 *
 * Both functions are the user's, sync or async. What they throw is thrown; whoever asks takes every failure for a no.
 */

import type { StepDescriptor } from './descriptor.ts'
import { ProjectError, StepLoadError, StreamError } from './errors.ts'
import { jsonable } from './jsonable.ts'
import { kindOf, quoted } from './kinds.ts'
import type { Handler, LoadedStep } from './loading.ts'
import { FILE_NAME, readConfig } from './project_config.ts'
import { findGuard } from './stream_guard.ts'

/** What a client wants to follow: a group, or with `id` one item of it. */
export interface AccessRequest {
  readonly groupId: string
  readonly id?: string
}

/** The `canAccess` of a stream as something to load and run. Its id is no Step's: those have no colon. */
export function guardDescriptor(stream: string, file: string): StepDescriptor {
  return { id: `stream:${stream}`, name: stream, type: 'stream', file, flows: [], emits: [] }
}

/** The stream auth of the project as something to load and run. */
export function authDescriptor(file = FILE_NAME): StepDescriptor {
  return { id: 'project:streamAuth', name: file, type: 'auth', file, flows: [], emits: [] }
}

/** The `canAccess` of a stream file; StepLoadError: it has no such function. */
export function loadGuard(module: unknown, descriptor: StepDescriptor): LoadedStep {
  const guard = findGuard(module)
  if (typeof guard !== 'function') {
    const found = guard === undefined ? 'has no canAccess' : `has a canAccess that is ${kindOf(guard)}`
    throw new StepLoadError(`the stream ${quoted(descriptor.name)} ${found}`, {
      where: descriptor.file,
      remedy: 'give config.canAccess a function (subscription, authContext)',
    })
  }
  return { descriptor, handler: guard as Handler, middleware: [] }
}

/** The stream auth of `motia.config.ts`; without one everybody may connect. StepLoadError: it is wrong. */
export function loadAuth(module: unknown, descriptor: StepDescriptor = authDescriptor()): LoadedStep {
  try {
    const auth = readConfig(module, descriptor.file).streamAuth
    return { descriptor, handler: auth ? (auth.authenticate as Handler) : () => null, middleware: [] }
  } catch (error) {
    if (error instanceof StepLoadError || !(error instanceof ProjectError)) throw error
    const { what, where, allowed, remedy } = error
    throw new StepLoadError(allowed ? `${what}; allowed: ${allowed}` : what, { where, remedy })
  }
}

/**
 * What `authenticate` returns, as JSON. headers: by lower-case name. url: the request's target, with its query.
 *
 * Rejects with what the function throws, and with StreamError when its result is not JSON.
 */
export async function authenticate(
  auth: LoadedStep,
  headers: Readonly<Record<string, string>>,
  url: string,
): Promise<unknown> {
  const result = await auth.handler({ headers: { ...headers }, url })
  return jsonable(result, 'the result of authenticate', StreamError)
}

/** Whether `canAccess` lets a client join. context: what `authenticate` returned. Rejects with what it throws. */
export async function mayJoin(guard: LoadedStep, subscription: AccessRequest, context: unknown): Promise<boolean> {
  return Boolean(await guard.handler({ ...subscription }, context))
}
