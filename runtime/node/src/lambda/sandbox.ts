/** One Lambda sandbox: the Steps of its bundle, its way to AWS. Opened once, while the function is initialised. */

import type { BundleDescriptor, StepDescriptor } from '../descriptor.ts'
import { readDescriptor } from '../descriptor.ts'
import { StepLoadError } from '../errors.ts'
import { describe, stack } from '../failure.ts'
import { newTraceId } from '../ids.ts'
import { jsonLines } from '../lines.ts'
import type { LoadedStep } from '../loading.ts'
import { loadStep } from '../loading.ts'
import { Logger } from '../logger.ts'
import { mapStacks } from '../stack.ts'
import { AwsServices } from './aws.ts'
import { containAll, contained } from './containment.ts'
import { Spent, copyNumber, once, renewed } from './renewal.ts'
import type { Services } from './services.ts'

/** A module, or a function that imports it: then what it throws while it is imported is a failure of its Step alone. */
export type Module = object | (() => Promise<unknown>)

/** Modules by file, as in the descriptor. */
export type Modules = Readonly<Record<string, Module>>

/** What an entry module gives. config: `motia.config.ts`, in a bundle whose descriptor names adapters. */
export interface Bundle {
  readonly modules: Modules
  readonly descriptor: BundleDescriptor
  readonly config?: Module | undefined
}

/** Holds what outlives an invocation. */
export class Sandbox {
  readonly descriptor: BundleDescriptor
  services: Services
  readonly #modules: Modules
  readonly #config: Module | undefined
  readonly #steps = new Map<string, LoadedStep>()
  #adapting: Promise<void> | undefined

  constructor({ modules, descriptor, config }: Bundle, services: Services) {
    this.descriptor = descriptor
    this.services = services
    this.#modules = modules
    this.#config = config
  }

  /**
   * The Step (the only one of the bundle by default), imported at its first use.
   *
   * With the first Step come the project's adapters: use `services` after this. StepLoadError.
   */
  async step(descriptor: StepDescriptor | undefined = this.descriptor.steps[0]): Promise<LoadedStep> {
    if (!descriptor) throw new StepLoadError('the bundle has no Step', { remedy: 'build and deploy it again' })
    if (this.descriptor.adapters.length) await (this.#adapting ??= this.#adapt())
    const loaded = this.#steps.get(descriptor.id)
    if (loaded) return loaded
    const step = loadStep(await importModule(this.#modules[descriptor.file], descriptor.file), descriptor)
    this.#steps.set(descriptor.id, step)
    return step
  }

  async #adapt(): Promise<void> {
    try {
      const { adapt } = await import('./adapted.ts')
      this.services = await adapt(this.services, this.#config)
    } catch (error) {
      this.#adapting = undefined // the next invocation tries again
      throw error
    }
  }
}

/** What a file exports. StepLoadError, with the user's part of the stack, when it cannot be imported. */
export async function importModule(module: Module | undefined, file: string): Promise<unknown> {
  if (module === undefined) {
    const what = 'the Step cannot be imported: the file is not in the bundle'
    throw new StepLoadError(what, { where: file, remedy: 'build and deploy it again' })
  }
  if (typeof module !== 'function') return module
  try {
    return await contained(file, () => once(module as () => Promise<unknown>))
  } catch (error) {
    throw error instanceof Spent ? error : loadError(error, file)
  }
}

/**
 * A handler for Lambda, from what `handle` does with one event. The entry module exports it as `handler`.
 *
 * On Lambda everything is opened now, so that the first event finds it ready; elsewhere with the first event. A Step
 * that cannot be imported is reported in the log here, and by every invocation; with several Steps (a router) each is
 * imported at its first request. CloudError when the function's environment lacks something.
 */
export function handlerOf<Event, Answer>(
  handle: (event: Event, sandbox: Sandbox) => Promise<Answer>,
  modules: Modules,
  descriptor: object | string,
  config?: Module,
): (event: Event) => Promise<Answer> {
  let sandbox: Sandbox | undefined
  const bundle = { modules, descriptor: readDescriptor(descriptor), config }
  if (prepareProcess(bundle.descriptor.steps[0])) {
    const services = new AwsServices()
    sandbox = new Sandbox(bundle, services)
    if (!copyNumber()) void warmUp(sandbox, services)
  }
  return renewed(async (event) => handle(event, (sandbox ??= new Sandbox(bundle, new AwsServices()))))
}

/**
 * What the process of a function needs on Lambda: stacks in terms of the sources, and a life of its own. Elsewhere
 * nothing is done, and the answer is false. step: in whose name errors are reported that nobody caught.
 */
export function prepareProcess(step?: StepDescriptor): boolean {
  if (!process.env['AWS_LAMBDA_FUNCTION_NAME']) return false
  if (copyNumber()) return true // the first has done it
  mapStacks(import.meta.url)
  containAll((error) => report(step, 'An error that nobody caught', describe(error)))
  return true
}

/** One error record with the user's part of the stack. */
export function reportLoadError(step: StepDescriptor | undefined, broken: StepLoadError, traceId: string): void {
  report(step, broken.what, { message: broken.message, stack: broken.traceback, name: 'StepLoadError' }, traceId)
}

async function warmUp(sandbox: Sandbox, services: AwsServices): Promise<void> {
  const [step, ...others] = sandbox.descriptor.steps
  if (!step || others.length) return
  try {
    if (callsAws(await sandbox.step(step))) services.backend.warmUp()
  } catch (error) {
    if (!(error instanceof StepLoadError)) throw error
    reportLoadError(step, error, newTraceId())
  }
}

/** A guess: TLS takes as long as all the rest of a start, in a Step that answers from its own memory for nothing. */
function callsAws({ descriptor, handler, middleware }: LoadedStep): boolean {
  if (descriptor.emits.length || descriptor.type === 'cron') return true
  return [handler, ...middleware].some((layer) => /\b(state|streams)\b/.test(String(layer)))
}

/** One error record. step: in whose name; of the rules for streams when there is none. */
function report(step: StepDescriptor | undefined, message: string, error: object, traceId = newTraceId()): void {
  new Logger(step?.name ?? 'streams', traceId, step?.flows ?? [], jsonLines, undefined).error(message, { error })
}

function loadError(error: unknown, file: string): StepLoadError {
  if (error instanceof StepLoadError) return error
  const left = error instanceof Error && error.name === 'HandlerExit' // perhaps of another copy of the bundle
  const { name, message } = describe(error)
  const what = left ? message.replace('the handler called', 'the file calls').replace(/;.*/, '') : `${name}: ${message}`
  return new StepLoadError(`the Step cannot be imported: ${what}${left ? ' while it is imported' : ''}`, {
    where: file,
    remedy: left ? 'move that into the handler' : 'see the stack',
    traceback: stack(error),
  })
}
