/**
 * HTTP in the worker: connections the server has accepted, answered by Steps of this process.
 *
 * Only plain HTTP/1.1 requests for Steps are taken here. Whatever else a connection brings goes back to the server with
 * the bytes that were read of it, so that HTTP's corners have one implementation, which is not this one.
 *
 * Connections come over the channel between a Node process and its parent (NODE_CHANNEL_FD), with two messages each.
 */

import type { Socket } from 'node:net'

import type { HttpRequest, HttpResponse } from '@motia/runtime/http.ts'
import type { LoadedStep } from '@motia/runtime/loading.ts'
import { Router } from '@motia/runtime/paths.ts'
import { NOT_FOUND, preflight } from '@motia/runtime/response.ts'

import type { Channel } from '../channel.ts'
import type { Runner } from '../runner.ts'
import { type Arrived, placeOf, readArrived } from './arrived.ts'
import { Connection, type Found, type Keeper, MAX_BODY, type Route } from './connection.ts'
import type { Head } from './head.ts'
import { Places } from './places.ts'
import { RequestRuns } from './runs.ts'
import { Writer } from './wire.ts'

const CHECK_MS = 2000

/** An API Step. step: null when it is not loaded here. elsewhere: workers for another language have it. */
interface Target extends Route {
  readonly step: LoadedStep | null
  readonly timeoutS: number
  readonly elsewhere: boolean
}

/** What the server says of the requests to answer. */
export interface Served {
  /** (id, timeout in seconds) of the API Steps that these workers have. */
  readonly steps: readonly (readonly [string, number])[]
  /** (method, path) of those that workers for another language have. */
  readonly elsewhere: readonly (readonly [string, string])[]
  /** Paths that are the server's own. */
  readonly pages: readonly string[]
  /** Paths that are the server's own with all below them. */
  readonly mounts: readonly string[]
  /** Bytes of a body that is read here. */
  readonly maxBody: number
}

/** Serves the connections that arrive. To be made before the project's code is imported. */
export class Front implements Keeper<Target> {
  readonly connections = new Set<Connection<Target>>()
  readonly writer = new Writer()
  readonly places: Places
  readonly descriptor: number // of the channel
  draining = false
  stopping = false // the server is: connections end with this worker
  maxBody = MAX_BODY
  readonly #channel: Channel
  readonly #runner: Runner
  readonly #runs: RequestRuns
  #early: [Arrived, Socket][] | null = [] // arrived before it is known what to serve
  readonly #sockets = new Map<number, Socket>() // by place; of connections of which nothing else is known yet
  #router = new Router<Target>([])
  #pages = new Set<string>()
  #mounts: readonly string[] = []
  #told = false

  /** progress: descriptor of the numbers shared with the server. */
  constructor(channel: Channel, runner: Runner, progress: number) {
    this.#channel = channel
    this.#runner = runner
    this.places = new Places(progress)
    this.descriptor = (process.channel as unknown as { fd: number }).fd
    this.#runs = new RequestRuns(runner, channel, () => this.#ended())
    process.on('message', (message: unknown, socket: unknown) => this.#accept(message, socket as Socket))
    Object.assign(process, { send: undefined, disconnect: undefined }) // of no concern to a Step
    setInterval(() => this.#check(), CHECK_MS).unref()
  }

  /** Answer for these Steps from now on. */
  serve({ steps, elsewhere, pages, mounts, maxBody }: Served): void {
    const known = new Map(steps.map(([id, timeoutS], position) => [id, { position, timeoutS }]))
    const routes: [string, string, Target][] = []
    for (const { id, type, method, path } of this.#runner.descriptor.steps) {
      const found = known.get(id)
      if (type !== 'api' || !method || !path || !found) continue
      routes.push([method, path, { ...found, step: this.#runner.steps.get(id) ?? null, elsewhere: false }])
    }
    const other = { position: -1, timeoutS: 0, step: null, elsewhere: true }
    for (const [method, path] of elsewhere) routes.push([method, path, other])
    this.#router = new Router(routes)
    this.#pages = new Set([...pages, ...mounts])
    this.#mounts = mounts.map((mount) => `${mount}/`)
    this.maxBody = Math.min(MAX_BODY, maxBody)
    const early = this.#early ?? []
    this.#early = null
    for (const [arrived, socket] of early) this.#connect(arrived, socket)
  }

  // requests

  find(head: Head): Found<Target> | 'server' | 'elsewhere' {
    if (this.#pages.has(head.path) || this.#mounts.some((mount) => head.path.startsWith(mount))) return 'server'
    const found = this.#router.match(head.method, head.path)
    if (!found) return { route: null, params: {} }
    const { target, params } = found
    if (target.step) return { route: target, params }
    return target.elsewhere ? 'elsewhere' : 'server'
  }

  refusal(head: Head): HttpResponse {
    return head.method === 'OPTIONS' ? preflight() : NOT_FOUND
  }

  run(connection: Connection<Target>, { step, timeoutS }: Target, request: HttpRequest): void {
    this.#runs.start(connection.place, step as LoadedStep, timeoutS, request, (answer) => connection.respond(answer))
  }

  // connections

  /** Take one of the two messages of a connection; Node gives them out in the order it likes, but at once. */
  #accept(message: unknown, socket: Socket | undefined): void {
    if (socket) {
      this.#sockets.set(placeOf(message), socket)
      return
    }
    const arrived = readArrived(message)
    if (arrived) setImmediate(() => this.#open(arrived))
  }

  #open(arrived: Arrived): void {
    const { place, data } = arrived
    const socket = this.#sockets.get(place)
    this.#sockets.delete(place)
    if (!socket) this.#channel.send({ t: 'over', place, full: true }, data) // there was no descriptor to be had
    else if (this.#early) this.#early.push([arrived, socket])
    else this.#connect(arrived, socket)
  }

  #connect({ place, data }: Arrived, socket: Socket): void {
    new Connection(this, place, socket, data)
  }

  closed({ place }: Connection<Target>): void {
    this.#channel.send({ t: 'closed', place })
  }

  giveBack({ place }: Connection<Target>, data: Buffer, elsewhere: boolean): void {
    this.#channel.send({ t: 'over', place, elsewhere }, data)
  }

  #check(): void {
    const now = performance.now()
    for (const connection of this.connections) connection.check(now)
  }

  // the end

  /** Let every connection go once its request is answered, and tell the server when none is at work. */
  drain(stopping: boolean): void {
    this.draining = true
    this.stopping = stopping
    for (const connection of this.connections) connection.drain()
    this.#ended()
  }

  #ended(): void {
    if (!this.draining || this.#told || this.#runs.unanswered) return
    this.#told = true
    this.#channel.send({ t: 'unfronted' })
  }
}
