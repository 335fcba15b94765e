/** One client: requests read one after another, each answered before the next is looked at. */

import type { HttpRequest, HttpResponse } from '@motia/runtime/http.ts'
import type { Socket } from 'node:net'

import { type Head, MAX_HEAD, readHead } from './head.ts'
import { ANSWERING, IDLE, type Places, READING, RUNNING } from './places.ts'
import type { Writer } from './wire.ts'

export const MAX_BODY = 1024 * 1024 // bytes of a body that is read here
export const PATIENCE_S = 10 // for the rest of a request, then the server waits for it
export const KEEP_ALIVE_S = 75
export const SEND_S = 75 // without the client taking anything of its answer
const HELD = MAX_BODY + MAX_HEAD // bytes that have arrived meanwhile: more than any request that is answered here

const NOTHING: Buffer = Buffer.alloc(0)

/** Where a request goes. position: of the Step among those that the server named. */
export interface Route {
  readonly position: number
}

/** What answers a request: the route and its path parameters, or nothing (a 404, a preflight). */
export interface Found<R extends Route> {
  readonly route: R | null
  readonly params: Readonly<Record<string, string>>
}

/** Whose connections these are. */
export interface Keeper<R extends Route> {
  readonly connections: Set<Connection<R>>
  readonly writer: Writer
  readonly places: Places
  readonly draining: boolean
  readonly stopping: boolean
  readonly maxBody: number
  /** What answers a request here; "server" and "elsewhere" for those that others answer. */
  find(head: Head): Found<R> | 'server' | 'elsewhere'
  /** The answer where no Step has one. */
  refusal(head: Head): HttpResponse
  /** Let a Step answer. */
  run(connection: Connection<R>, route: R, request: HttpRequest): void
  /** A connection has ended. */
  closed(connection: Connection<R>): void
  /** The server takes a connection. data: what was read of its present request. elsewhere: other workers answer it. */
  giveBack(connection: Connection<R>, data: Buffer, elsewhere: boolean): void
}

/** A connection, known to the server by its place. */
export class Connection<R extends Route> {
  readonly place: number
  busy = false // a Step is answering
  gone = false
  readonly #keeper: Keeper<R>
  readonly #socket: Socket
  #since = performance.now() // milliseconds; of its present state
  #state = IDLE
  #buffer = NOTHING
  #more: Buffer[] = [] // what has arrived since, of a request that is not complete yet
  #size = 0 // of all of it
  #wanted = 0 // bytes without which nothing can be done
  #head: Head | null = null
  #found: Found<R> | null = null
  #headBytes = 0
  #lastText = ''
  #last: Head | null = null
  #close = false // after the present answer
  #unsent = 0 // bytes, when last looked at
  #ending = false // as soon as what is written is sent
  #paused = false // the client does not take its answers as fast as they come
  #held = false // reading is paused
  #passed: boolean // other workers have passed its first request on to these

  /** early: what others have read of it. */
  constructor(keeper: Keeper<R>, place: number, socket: Socket, early: Buffer) {
    this.#keeper = keeper
    this.place = place
    this.#socket = socket
    this.#passed = early.length > 0
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => this.#receive(data))
    socket.on('end', () => this.#end())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#lost())
    keeper.connections.add(this)
    if (early.length) this.#receive(early)
    else if (keeper.draining) this.drain()
  }

  get #over(): boolean {
    return this.gone || this.#ending || this.#socket.destroyed
  }

  #receive(data: Buffer): void {
    if (this.#over) return
    this.#size += data.length
    if (this.#buffer.length || this.#more.length) this.#more.push(data)
    else this.#buffer = data
    if (!this.busy && !this.#paused) {
      this.#advance()
    } else if (this.#size > HELD) {
      this.#held = true
      this.#socket.pause()
    }
  }

  readonly #sent = (): void => {
    if (!this.#paused || this.#socket.writableLength || this.#over) return
    this.#paused = false
    this.#advance()
  }

  #lost(): void {
    this.#keeper.connections.delete(this)
    if (this.gone) return
    this.gone = true
    this.#keeper.closed(this)
  }

  // requests

  /** Answer what has arrived, as far as it is complete. */
  #advance(): void {
    while (!this.busy && !this.#paused) {
      if (this.#keeper.draining) return this.drain()
      this.#release()
      if (this.#size < this.#wanted) return this.#mark(READING)
      if (this.#more.length) this.#join()
      if (!this.#head && !this.#readHead()) return
      const head = this.#head as Head
      const end = this.#headBytes + head.length
      if (this.#size < end) {
        this.#wanted = end
        return this.#mark(READING)
      }
      const body = head.length ? this.#buffer.subarray(this.#headBytes, end) : NOTHING
      this.#buffer = end < this.#size ? this.#buffer.subarray(end) : NOTHING
      this.#size -= end
      this.#wanted = 0
      this.#head = null
      this.#passed = false
      this.#answer(head, body)
      if (this.#over) return
    }
  }

  #join(): void {
    this.#buffer = Buffer.concat([this.#buffer, ...this.#more], this.#size)
    this.#more = []
  }

  /** Whether there is a head, of a request that is answered here. */
  #readHead(): boolean {
    if (!this.#size) {
      this.#mark(IDLE)
      return false
    }
    const end = this.#buffer.indexOf('\r\n\r\n', 0, 'latin1') + 4
    if (end < 4) {
      if (this.#size > MAX_HEAD) this.#giveBack(false)
      else this.#mark(READING)
      return false
    }
    const text = this.#buffer.toString('latin1', 0, end)
    if (text !== this.#lastText) {
      this.#lastText = text // most clients repeat themselves
      this.#last = end <= MAX_HEAD ? readHead(text) : null
    }
    const head = this.#last
    const found = head && head.length <= this.#keeper.maxBody ? this.#keeper.find(head) : 'server'
    if (typeof found === 'string') {
      this.#giveBack(found === 'elsewhere' && !this.#passed)
      return false
    }
    this.#head = head
    this.#found = found
    this.#headBytes = end
    return true
  }

  #answer(head: Head, body: Buffer): void {
    this.#close = head.close
    const { route, params } = this.#found as Found<R>
    if (!route) return this.respond(this.#keeper.refusal(head))
    const { method, path, query, headers } = head
    this.busy = true
    this.#mark(RUNNING + route.position)
    this.#keeper.run(this, route, { method, path, query, headers, body, pathParams: params })
  }

  /** Send the answer to the present request, and go on with what has arrived meanwhile. */
  respond(response: HttpResponse): void {
    const busy = this.busy
    this.busy = false
    if (this.#over) return
    const close = this.#close || this.#keeper.stopping
    this.#mark(ANSWERING)
    this.#socket.write(this.#keeper.writer.encode(response, close), 'latin1', this.#sent)
    if (close) return this.#end()
    this.#paused = this.#socket.writableLength > 0
    this.#unsent = this.#socket.writableLength
    if (!this.#paused) this.#mark(this.#size ? READING : IDLE)
    if (busy) this.#advance()
  }

  #mark(state: number): void {
    if (state === this.#state) return // more of the same request does not make the client any faster
    this.#state = state
    this.#keeper.places.set(this.place, state)
    this.#since = performance.now()
  }

  #release(): void {
    if (!this.#held || this.#size > HELD) return
    this.#held = false
    this.#socket.resume()
  }

  // ends

  #end(): void {
    this.#ending = true
    this.#socket.destroySoon()
  }

  /** Let the server have the connection, with what was read of the request it brings. */
  #giveBack(elsewhere: boolean): void {
    this.gone = true
    while (this.#socket.readableLength) this.#more.push(this.#socket.read() as Buffer)
    this.#socket.destroy() // nothing waits to be written, and nothing is read from here on
    this.#keeper.giveBack(this, Buffer.concat([this.#buffer, ...this.#more]), elsewhere)
  }

  /** This worker is leaving: let the connection go as soon as it has its answer. */
  drain(): void {
    if (this.busy || this.#paused || this.#over) return
    if (this.#keeper.stopping && !this.#size) this.#end()
    else this.#giveBack(false)
  }

  /** See whether the client still does its part. now: milliseconds, as of `performance`. */
  check(now: number): void {
    if (this.busy || this.#over) return
    const waitedS = (now - this.#since) / 1000
    if (this.#paused) {
      const unsent = this.#socket.writableLength
      if (unsent !== this.#unsent) this.#since = now
      else if (waitedS > SEND_S) this.#socket.destroy()
      this.#unsent = unsent
    } else if (this.#size) {
      if (waitedS > PATIENCE_S) this.#giveBack(false)
    } else if (waitedS > KEEP_ALIVE_S) {
      this.#end()
    }
  }
}
