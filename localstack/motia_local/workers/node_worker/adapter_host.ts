/**
 * The process of a project's own adapters: `adapters.mjs SOCKET ROOT`. One for the whole local server, so that an adapter
 * that keeps things in memory works as well as one with a database.
 *
 * The server sends {"t": "load", "module", "file"}, then {"t": "call", "id", "op", "args"}, at last {"t": "stop"}. The
 * host answers {"t": "loaded", "files", "error"?} and {"t": "reply", "id", "value" | "error"}; it calls `deliver` for
 * each event that its event adapter has for a Step.
 */

import { pathToFileURL } from 'node:url'

import type { CronAdapter, EventAdapter, StateAdapter, StreamAdapter } from '@motia/runtime/adapters/interfaces.ts'
import type { Event, QueueConfig, StreamChannel, StreamEvent, SubscriptionHandle } from '@motia/runtime/adapters/types.ts'
import { MotiaError, StepLoadError } from '@motia/runtime/errors.ts'
import { hide, message, name, stack } from '@motia/runtime/failure.ts'
import { ProjectConfig, readConfig } from '@motia/runtime/project_config.ts'

import { Channel } from './channel.ts'
import { endNow } from './ends.ts'
import { VERSION, type Header } from './frames.ts'

const STOP_MS = 5000
const ERRORS: Readonly<Record<string, string>> = { state: 'StateError', streams: 'StreamError', events: 'EmitError' }

type Operation = (...args: never[]) => unknown

interface Listener {
  readonly topic: string
  readonly step: string
  readonly name: string
  readonly options: Record<string, unknown>
}

/** Holds the adapters and does what the server asks of them. */
class AdapterHost {
  readonly #channel: Channel
  readonly #working = new Set<Promise<void>>()
  readonly #streams = new Map<string, StreamAdapter<unknown>>()
  readonly #subscriptions = new Map<string, { options: string; handle: SubscriptionHandle }>()
  #config = new ProjectConfig()
  #state: StateAdapter | undefined
  #events: EventAdapter | undefined
  #cron: CronAdapter | undefined

  constructor(socket: number) {
    this.#channel = new Channel(socket, (header) => this.#receive(header), endNow)
  }

  start(): void {
    this.#channel.attach()
    this.#channel.send({ t: 'hello', protocol: VERSION, pid: process.pid })
  }

  #receive(header: Header): void {
    if (header.t === 'load') this.#begin(this.#load(header.module as string, header.file as string))
    else if (header.t === 'call') this.#begin(this.#call(header))
    else if (header.t === 'reply') this.#channel.onReply(header)
    else if (header.t === 'stop') void this.#stop()
  }

  #begin(work: Promise<void>): void {
    this.#working.add(work)
    void work.finally(() => this.#working.delete(work))
  }

  async #load(module: string, file: string): Promise<void> {
    let error = null
    try {
      this.#config = readConfig(await import(pathToFileURL(module).href), file)
      this.#state = this.#config.state()
      this.#events = this.#config.events()
      this.#cron = this.#config.cron()
    } catch (wrong) {
      error = refused(wrong, file)
    }
    this.#channel.send({ t: 'loaded', files: [], error })
  }

  async #call(header: Header): Promise<void> {
    const [kind = '', operation = ''] = (header.op as string).split('.')
    try {
      const value = await this.#operation(kind, operation)(...(header.args as never[]))
      this.#channel.send({ t: 'reply', id: header.id, value: value ?? null })
    } catch (error) {
      if (!(error instanceof MotiaError)) process.stderr.write(`${stack(error)}\n`)
      const told = error instanceof MotiaError ? error.what : `${name(error)}: ${message(error)}`
      const what = error instanceof MotiaError ? told : `the ${kind} adapter failed: ${told}`
      this.#channel.send({ t: 'reply', id: header.id, error: { type: ERRORS[kind] ?? 'StepError', what } })
    }
  }

  #operation(kind: string, operation: string): Operation {
    if (kind === 'state') return this.#stateOperation(operation)
    if (kind === 'streams') return this.#streamOperation(operation)
    if (kind === 'cron') return async (job: string, ttl: number) => (await this.#cron!.acquireLock(job, ttl)) !== null
    if (operation === 'listen') return (wanted: Listener[]) => this.#listen(wanted)
    return (event: Event) => this.#events!.emit(event)
  }

  #stateOperation(operation: string): Operation {
    const state = this.#state!
    switch (operation) {
      case 'get':
        return (group: string, key: string) => state.get(group, key)
      case 'set':
        return (group: string, key: string, value: unknown) => state.set(group, key, value)
      case 'delete':
        return (group: string, key: string) => state.delete(group, key)
      case 'get_group':
        return (group: string) => state.getGroup(group)
      case 'clear':
        return (group: string) => state.clear(group)
      case 'keys':
        return (group: string) => state.keys(group)
      case 'trace_ids':
        return () => state.traceIds()
      default:
        return (group: string | null) => state.items(group === null ? {} : { groupId: group })
    }
  }

  #streamOperation(operation: string): Operation {
    switch (operation) {
      case 'get':
        return (stream: string, group: string, id: string) => this.#stream(stream).get(group, id)
      case 'set':
        return (stream: string, group: string, id: string, data: unknown) => this.#stream(stream).set(group, id, data)
      case 'delete':
        return (stream: string, group: string, id: string) => this.#stream(stream).delete(group, id)
      case 'get_group':
        return (stream: string, group: string) => this.#stream(stream).getGroup(group)
      default:
        return (stream: string, channel: StreamChannel, event: StreamEvent) => this.#stream(stream).send(channel, event)
    }
  }

  #stream(stream: string): StreamAdapter<unknown> {
    const made = this.#streams.get(stream) ?? this.#config.stream(stream)!
    this.#streams.set(stream, made)
    return made
  }

  /** Subscribe these Steps and no others. */
  async #listen(wanted: readonly Listener[]): Promise<void> {
    const events = this.#events!
    const listeners = new Map(wanted.map((listener) => [`${listener.topic}\n${listener.step}`, listener]))
    for (const [key, { options, handle }] of this.#subscriptions) {
      const listener = listeners.get(key)
      if (listener !== undefined && JSON.stringify(listener.options) === options) continue
      this.#subscriptions.delete(key)
      await events.unsubscribe(handle)
    }
    for (const [key, { topic, step, name: stepName, options }] of listeners) {
      if (this.#subscriptions.has(key)) continue
      const deliver = async (event: Event): Promise<void> => {
        await this.#channel.call('deliver', [step, { flows: [], ...event }])
      }
      const handle = await events.subscribe(topic, stepName, deliver, queueConfig(options))
      this.#subscriptions.set(key, { options: JSON.stringify(options), handle })
    }
  }

  /** Finish what is begun, let the adapters go. */
  async #stop(): Promise<void> {
    await within(Promise.allSettled(this.#working))
    for (const end of [() => this.#events?.shutdown(), () => this.#cron?.shutdown(), () => this.#state?.cleanup?.()]) {
      try {
        await within(Promise.resolve(end()))
      } catch (error) {
        process.stderr.write(`${stack(error)}\n`)
      }
    }
    this.#channel.flush()
    process.exit(0)
  }
}

function queueConfig(options: Record<string, unknown>): QueueConfig {
  const { type, max_retries, visibility_timeout, delay_seconds, concurrency } = options
  const found = { type, maxRetries: max_retries, visibilityTimeout: visibility_timeout, delaySeconds: delay_seconds }
  return (concurrency === null ? found : { ...found, concurrency }) as QueueConfig
}

function refused(wrong: unknown, file: string): object {
  if (wrong instanceof StepLoadError) return { what: wrong.what, where: wrong.where ?? file, traceback: wrong.traceback }
  if (wrong instanceof MotiaError) {
    const traceback = wrong.cause === undefined ? '' : stack(wrong.cause)
    return { what: wrong.what, where: wrong.where ?? file, traceback }
  }
  return { what: `${file} cannot be imported: ${name(wrong)}: ${message(wrong)}`, where: file, traceback: stack(wrong) }
}

async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, STOP_MS)))
  await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}

process.on('SIGINT', () => {}) // the server's business
process.on('uncaughtException', (error) => process.stderr.write(`${stack(error)}\n`))
process.on('unhandledRejection', (error) => process.stderr.write(`${stack(error)}\n`))
hide('/node_worker/')
new AdapterHost(Number(process.argv[2])).start()
