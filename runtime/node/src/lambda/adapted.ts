/** The services of a bundle whose project brings adapters of its own: its `motia.config.ts` is in the bundle. */

import type { Push } from '../adapters/bridge.ts'
import { AdapterEvents, AdapterState, AdapterStreams } from '../adapters/bridge.ts'
import type { CronAdapter } from '../adapters/interfaces.ts'
import type { Change, Pusher } from '../aws/streams.ts'
import type { Backend } from '../backend.ts'
import { MotiaError, StepLoadError } from '../errors.ts'
import { stack } from '../failure.ts'
import type { ProjectConfig } from '../project_config.ts'
import { FILE_NAME, readConfig } from '../project_config.ts'
import type { Module } from './sandbox.ts'
import { importModule } from './sandbox.ts'
import type { Services } from './services.ts'

/** Services in which the project's adapters take the place of ours. They are made once a sandbox. */
export class AdaptedServices implements Services {
  readonly backend: Backend
  readonly #services: Services
  readonly #cron: CronAdapter | undefined

  constructor(services: Services, config: ProjectConfig) {
    this.#services = services
    this.backend = adaptedBackend(services.backend, config)
    this.#cron = config.cron()
  }

  async acquireLock(name: string, ttlS: number): Promise<boolean> {
    if (!this.#cron) return this.#services.acquireLock(name, ttlS)
    return Boolean(await this.#cron.acquireLock(name, ttlS * 1000))
  }

  async changeVisibility(queue: string, receiptHandle: string, timeoutS: number): Promise<void> {
    await this.#services.changeVisibility(queue, receiptHandle, timeoutS)
  }

  async fetchPayload(bucket: string, key: string): Promise<Uint8Array> {
    return this.#services.fetchPayload(bucket, key)
  }
}

/** `services` with the adapters of a project's configuration. StepLoadError when they cannot be made. */
export async function adapt(services: Services, config: Module | undefined): Promise<Services> {
  return made(config, (read) => new AdaptedServices(services, read))
}

/** The streams of a project's configuration, to read them. StepLoadError when they cannot be made. */
export async function loadStreams(config: Module | undefined): Promise<AdapterStreams> {
  return made(config, (read) => adaptedStreams(undefined, read))
}

async function made<T>(config: Module | undefined, make: (read: ProjectConfig) => T): Promise<T> {
  const module = await importModule(config, FILE_NAME)
  try {
    return make(readConfig(module))
  } catch (wrong) {
    if (wrong instanceof StepLoadError || !(wrong instanceof MotiaError)) throw wrong
    const { what, remedy, cause } = wrong
    throw new StepLoadError(what, { where: FILE_NAME, remedy, traceback: cause === undefined ? '' : stack(cause) })
  }
}

/** `backend` with the project's state, streams and events. */
function adaptedBackend(backend: Backend, config: ProjectConfig): Backend {
  const [state, events] = [config.state(), config.events()]
  return {
    ...backend,
    state: state ? new AdapterState(state) : backend.state,
    streams: config.adapters.streams === undefined ? backend.streams : adaptedStreams(backend, config),
    events: events ? new AdapterEvents(events) : backend.events,
  }
}

/** The project's streams; the clients of the WebSocket API hear of their changes as they do of ours. */
function adaptedStreams(backend: Backend | undefined, config: ProjectConfig): AdapterStreams {
  const clients = (backend as { clients?: Pusher | undefined } | undefined)?.clients
  const push: Push = async (stream, group, id, event) => clients?.push(stream, group, id, event as unknown as Change)
  return new AdapterStreams((name) => {
    const adapter = config.stream(name)
    if (!adapter) throw new StepLoadError('adapters.streams is gone', { where: FILE_NAME })
    return adapter
  }, push)
}
