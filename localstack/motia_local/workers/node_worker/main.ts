/** The worker process: `worker.mjs SOCKET PROGRESS ROOT` (two inherited file descriptors and the project's folder). */

import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker as Thread } from 'node:worker_threads'

import { readDescriptor, type StepDescriptor } from '@motia/runtime/descriptor.ts'
import { ProjectError, StepLoadError } from '@motia/runtime/errors.ts'
import { hide, stack } from '@motia/runtime/failure.ts'
import type { HttpRequest } from '@motia/runtime/http.ts'
import { loadStep, type LoadedStep } from '@motia/runtime/loading.ts'
import { loadAuth, loadGuard } from '@motia/runtime/stream_access.ts'

import { Channel } from './channel.ts'
import { contain, endNow } from './ends.ts'
import { FrameError, VERSION, type Header } from './frames.ts'
import { answerAs } from './holder.ts'
import { inspect } from './inspecting.ts'
import { takeOutput } from './output.ts'
import { LOADING, Progress, REVOKED, STARTED } from './progress.ts'
import { Pulse } from './pulse.ts'
import { current, failed, Run, type Answer } from './run.ts'
import { Runner, type Ask } from './runner.ts'
import { Front, type Served } from './serving/front.ts'
import type { Watched } from './watchdog.ts'

type Modules = Readonly<Record<string, string>>
type Load = (module: unknown, descriptor: StepDescriptor) => LoadedStep

const LOADERS: Readonly<Record<string, Load>> = { stream: loadGuard, auth: loadAuth } // of any other type it is a Step

/** One worker process. */
class Worker {
  readonly #channel: Channel
  readonly #progress: Progress
  readonly #pulse = new Pulse()
  readonly #runner: Runner
  readonly #front: Front | undefined

  constructor(
    private readonly socket: number,
    progress: number,
    private readonly root: string,
  ) {
    this.#progress = new Progress(progress)
    const outputs = takeOutput(
      () => current.getStore()?.who,
      (header, body) => this.#channel.sendNow(header, body),
    )
    this.#channel = new Channel(socket, (header, body) => this.#receive(header, body), endNow)
    this.#runner = new Runner(this.#channel, this.#pulse, (run) => outputs.forEach((output) => output.finish(run.who)))
    this.#front = process.channel && new Front(this.#channel, this.#runner, progress)
    contain(this.#channel)
    answerAs(() => this.#holder())
  }

  /** Work until told to drain. */
  start(): void {
    this.#channel.attach()
    this.#channel.send({
      t: 'hello',
      protocol: VERSION,
      pid: process.pid,
      runtime: `Node ${process.version}`,
      revocable: true,
    })
    const watched: Watched = {
      socket: this.socket,
      progress: this.#progress.fd,
      root: this.root,
      outbox: this.#channel.memory,
      pulse: this.#pulse.memory,
      connections: this.#front?.descriptor,
    }
    new Thread(join(dirname(process.argv[1]!), 'watchdog.mjs'), { workerData: watched }).unref()
  }

  #receive(header: Header, body: Buffer): void {
    switch (header.t) {
      case 'invoke':
        return this.#onInvoke(header, body)
      case 'reply':
        return this.#channel.onReply(header)
      case 'read':
        return void this.#onRead(header)
      case 'load':
        return void this.#onLoad(header, body)
      case 'table':
        this.#runner.descriptor = readDescriptor(body)
        return
      case 'warm':
        return void this.#onWarm(header)
      case 'front':
        return this.#front?.serve(header as unknown as Served)
      case 'unfront':
        return this.#front?.drain(header.stopping as boolean)
      case 'inspect':
        this.#pulse.bePatient()
        return inspect(header.port as number)
      case 'drain':
        return this.#leave()
    }
  }

  /** End without waiting for timers, sockets and debuggers; what the user's code does at the exit is done. */
  #leave(): void {
    try {
      process.emit('exit', 0)
    } catch (error) {
      process.stderr.write(`${stack(error)}\n`)
    }
    this.#channel.flush()
    process.kill(process.pid, 'SIGKILL')
  }

  #onInvoke(header: Header, body: Buffer): void {
    const number = header.id as number
    this.#progress.set(STARTED, number)
    if (number <= this.#progress.get(REVOKED)) {
      this.#channel.send({ t: 'returned', ids: [number] })
      return
    }
    const step = this.#runner.steps.get(header.step as string)
    if (step === undefined) {
      const message = `the Step ${header.step as string} is not loaded`
      this.#answer(number, { error: { type: 'KeyError', message, kind: 'raised' } })
      return
    }
    const run = new Run(number, step, header.traceId as string, header.timeout as number, this.#channel)
    void this.#runner.run(run, asked(header, body)).then((answer) => this.#answer(number, answer))
  }

  #answer(number: number, { body, ...answer }: Answer): void {
    try {
      this.#channel.send({ t: 'result', id: number, ...answer }, body)
    } catch (wrong) {
      if (!(wrong instanceof FrameError || wrong instanceof TypeError)) throw wrong
      const message = `the result cannot be sent: ${wrong.message}`
      this.#channel.send({ t: 'result', id: number, error: { type: wrong.name, message, kind: 'raised' } })
    }
  }

  async #onRead(header: Header): Promise<void> {
    const { answer } = await import('@motia/project/reading.ts')
    adopt(header.env as Record<string, string>)
    const modules = header.modules as Modules
    const root = realpathSync(this.root)
    const answers: unknown[] = []
    await this.#importing(header.files as string[], async (file) => {
      const path = modules[file]
      if (path !== undefined) answers.push(await answer(file, () => import(pathToFileURL(path).href), root))
    })
    this.#channel.send({ t: 'readings', answers })
  }

  async #onLoad(header: Header, body: Buffer): Promise<void> {
    adopt(header.env as Record<string, string>)
    const descriptor = readDescriptor(body)
    const modules = header.modules as Modules
    const steps: unknown[] = []
    await this.#importing(descriptor.steps, async (step) => {
      try {
        const load = LOADERS[step.type] ?? loadStep
        this.#runner.steps.set(step.id, load(await moduleOf(step, modules), step))
        steps.push({ id: step.id })
      } catch (wrong) {
        if (!(wrong instanceof ProjectError)) throw wrong
        const traceback = wrong instanceof StepLoadError ? wrong.traceback : ''
        steps.push({ id: step.id, error: { what: wrong.what, where: wrong.where ?? step.file, traceback } })
      }
    })
    this.#runner.descriptor = descriptor
    this.#channel.send({ t: 'loaded', steps })
  }

  async #importing<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    this.#pulse.loading(true)
    try {
      for (const [position, item] of items.entries()) {
        this.#progress.set(LOADING, position + 1)
        await work(item)
      }
    } finally {
      this.#progress.set(LOADING, 0)
      this.#pulse.loading(false)
      process.chdir(this.root)
    }
  }

  async #onWarm(header: Header): Promise<void> {
    adopt(header.env as Record<string, string>)
    this.#pulse.loading(true)
    try {
      await import('@motia/project/reading.ts')
      for (const path of header.modules as string[]) {
        await import(pathToFileURL(path).href).catch(() => {}) // whoever imports it for real will see why
      }
    } finally {
      this.#pulse.loading(false)
    }
  }

  /** What the watchdog asks while the main thread is stopped in the code that blocks it. */
  #holder(): { current: number | null; left: number; unannounced: Header[] } {
    const run = current.getStore()
    if (run === undefined) return { current: null, left: 0, unannounced: [] }
    const left = Math.max(0, run.deadline - performance.now()) / 1000
    return { current: run.number, left, unannounced: run.unannounced() }
  }
}

async function moduleOf(step: StepDescriptor, modules: Modules): Promise<unknown> {
  const path = modules[step.file]
  const what = `the Step cannot be imported`
  if (path === undefined) throw new StepLoadError(`${what}: it was not compiled`, { where: step.file })
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const { type, message } = failed(error)
    throw new StepLoadError(`${what}: ${type}: ${message}`, { where: step.file, traceback: stack(error) })
  }
}

function asked(header: Header, body: Buffer): Ask {
  switch (header.kind) {
    case 'api': {
      const { method, path, query, headers, params } = header as unknown as HttpRequest & { params: Record<string, string> }
      return { kind: 'api', request: { method, path, query, headers, body, pathParams: params } }
    }
    case 'cron':
      return { kind: 'cron' }
    default:
      return { kind: header.kind, data: header.data } as Ask
  }
}

/** Make `env` the environment: the server may have learned it after it started this process. */
function adopt(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
}

process.on('SIGINT', () => {}) // the server's business
hide('/node_worker/')
const [socket, progress, root] = process.argv.slice(2)
new Worker(Number(socket), Number(progress), root!).start()
