/**
 * Lambda entry point of the rules for streams: who may connect, and who may join; and of what an adapter of the project
 * keeps in them. The WebSocket API's function asks.
 *
 *     {"kind": "authenticate", "data": {"headers", "url"}}                          -> {"value": the auth context}
 *     {"kind": "access", "stream": "chat", "data": {"subscription", "context"}}     -> {"value": true or false}
 *     {"kind": "items", "stream": "chat", "data": {"groupId"}}                      -> {"value": the items of the group}
 *     {"kind": "items", "stream": "chat", "data": {"groupId", "id"}}                -> {"value": the item, or null}
 *
 * A rule that threw is answered with {"error": {"type", "message", "stack"}}. Whoever asks takes that for a no.
 */

import type { AdapterStreams } from '../adapters/bridge.ts'
import type { BundleDescriptor, StepDescriptor } from '../descriptor.ts'
import { readDescriptor } from '../descriptor.ts'
import { StepLoadError, StreamError } from '../errors.ts'
import { describe } from '../failure.ts'
import { newTraceId } from '../ids.ts'
import { jsonable } from '../jsonable.ts'
import type { LoadedStep } from '../loading.ts'
import { FILE_NAME } from '../project_config.ts'
import type { AccessRequest } from '../stream_access.ts'
import { authDescriptor, authenticate, guardDescriptor, loadAuth, loadGuard, mayJoin } from '../stream_access.ts'
import { contained } from './containment.ts'
import { Spent, copyNumber, renewed } from './renewal.ts'
import type { Module, Modules } from './sandbox.ts'
import { importModule, prepareProcess, reportLoadError } from './sandbox.ts'

export type Question =
  | { readonly kind: 'authenticate'; readonly data: { readonly headers: Record<string, string>; readonly url: string } }
  | {
      readonly kind: 'access'
      readonly stream: string
      readonly data: { readonly subscription: AccessRequest; readonly context: unknown }
    }
  | { readonly kind: 'items'; readonly stream: string; readonly data: AccessRequest }

export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly type: string; readonly message: string; readonly stack: string } }

/** What Lambda calls. streams: modules by file. descriptor: with `guards`. */
export function accessHandler(
  streams: Modules,
  descriptor: object | string,
  config?: Module,
): (question: Question) => Promise<Answer> {
  const rules = new Rules(streams, readDescriptor(descriptor), config)
  if (prepareProcess() && !copyNumber()) void rules.loadAll()
  return renewed((question) => rules.answer(question))
}

/** The rules of a project, each imported once. */
export class Rules {
  readonly #modules: Modules
  readonly #guards: BundleDescriptor['guards']
  readonly #config: Module | undefined
  readonly #loaded = new Map<string, LoadedStep>()
  #streams: Promise<AdapterStreams> | undefined

  constructor(modules: Modules, descriptor: BundleDescriptor, config?: Module) {
    this.#modules = modules
    this.#guards = descriptor.guards
    this.#config = config
  }

  /** Rejects with Spent alone. */
  async answer(question: Question): Promise<Answer> {
    try {
      return { value: await this.#ask(question) }
    } catch (error) {
      if (error instanceof Spent) throw error
      const { name, message, stack } = describe(error)
      if (!(error instanceof StepLoadError)) return { error: { type: name, message, stack } }
      return { error: { type: name, message, stack: error.traceback } }
    }
  }

  /** Import everything now; what fails is reported, and tried again when it is needed. */
  async loadAll(): Promise<void> {
    for (const stream of [undefined, ...Object.keys(this.#guards)]) {
      try {
        await (stream === undefined ? this.#auth() : this.#guard(stream))
      } catch (error) {
        if (error instanceof Spent) continue // reported for another stream of the same file
        if (!(error instanceof StepLoadError)) throw error
        reportLoadError(undefined, error, newTraceId())
      }
    }
  }

  async #ask(question: Question): Promise<unknown> {
    if (question.kind === 'authenticate') {
      const auth = await this.#auth()
      const { headers, url } = question.data
      return contained(auth.descriptor.file, () => authenticate(auth, headers, url))
    }
    if (question.kind === 'items') return this.#items(question.stream, question.data)
    const guard = await this.#guard(question.stream)
    const { subscription, context } = question.data
    return contained(guard.descriptor.file, () => mayJoin(guard, subscription, context))
  }

  async #items(stream: string, { groupId, id }: AccessRequest): Promise<unknown> {
    const streams = await (this.#streams ??= this.#adapted())
    return contained(FILE_NAME, async () => {
      const found = id === undefined ? await streams.getGroup(stream, groupId) : await streams.get(stream, groupId, id)
      return jsonable(found, 'what the adapter returned', StreamError)
    })
  }

  async #adapted(): Promise<AdapterStreams> {
    try {
      const { loadStreams } = await import('./adapted.ts')
      return await loadStreams(this.#config)
    } catch (error) {
      this.#streams = undefined // the next question tries again
      throw error
    }
  }

  async #auth(): Promise<LoadedStep> {
    const descriptor = authDescriptor()
    const module = this.#config ?? { default: {} }
    return this.#load(descriptor, async () => loadAuth(await importModule(module, descriptor.file), descriptor))
  }

  async #guard(stream: string): Promise<LoadedStep> {
    const file = Object.hasOwn(this.#guards, stream) ? this.#guards[stream] : undefined
    if (file === undefined) throw new StepLoadError(`the stream '${stream}' has no canAccess in this bundle`)
    const descriptor = guardDescriptor(stream, file)
    const module = this.#modules[file]
    return this.#load(descriptor, async () => loadGuard(await importModule(module, file), descriptor))
  }

  async #load({ id }: StepDescriptor, load: () => Promise<LoadedStep>): Promise<LoadedStep> {
    const known = this.#loaded.get(id)
    if (known) return known
    const loaded = await load()
    this.#loaded.set(id, loaded)
    return loaded
  }
}
