/**
 * HTTP/1.1 to one host, with connections kept open.
 *
 * Node's own client does the framing; here is what it leaves open: what to do with a kept connection that is dead, how
 * long to wait for what, and what a failure means.
 */

import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { SecureContext } from 'node:tls'
import type { Socket } from 'node:net'
import { fsModule, httpModule, httpsModule, tlsModule } from './builtins.ts'
import type { Loss, Response } from './response.ts'
import { TransportError } from './response.ts'

export const CONNECT_TIMEOUT_S = 1
export const READ_TIMEOUT_S = 10
export const MAX_BODY = 256 * 1024 * 1024
const MAX_HEAD = 64 * 1024
const MAX_CONNECTIONS = 50
const MAX_IDLE = 16
// A frozen sandbox may wake up after its peers forgot its connections without having heard them say so.
const MAX_IDLE_MS = 60_000
const ONE_WRITE = 64 * 1024
const PIECE = 256 * 1024

const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/

/**
 * host: name or address, an IPv6 address without brackets. connectTimeoutS bounds reaching the host; readTimeoutS the
 * TLS handshake, each write, the wait for an answer's head, and each pause inside its body.
 */
export interface PoolOptions {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly connectTimeoutS?: number | undefined
  readonly readTimeoutS?: number | undefined
  readonly maxBody?: number | undefined
}

/**
 * target: path and query as they go on the wire. headers: with `host`; the length of the body is added. idempotent: a
 * kept connection that turns out to be dead is replaced at once, because doing it twice does no harm.
 */
export interface Exchange {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  readonly idempotent?: boolean | undefined
}

let context: SecureContext | undefined

/**
 * The process's TLS context, made on first use: reading the root certificates takes a while.
 *
 * AWS_CA_BUNDLE names a file of root certificates to trust instead of Node's own, as for the SDKs. TransportError when
 * that file is not one.
 */
export function tlsContext(): SecureContext {
  if (context) return context
  const bundle = process.env['AWS_CA_BUNDLE']
  try {
    context = tlsModule().createSecureContext(bundle ? { ca: fsModule().readFileSync(bundle) } : {})
  } catch (error) {
    const what = `the certificates to trust cannot be read from ${bundle || 'the system'}: ${reasonOf(error)}`
    throw new TransportError(what, 'tls', true, error)
  }
  return context
}

/** Load and make what TLS needs. What goes wrong, the first call meets again, and reports. */
export function warmTls(): void {
  httpsModule()
  try {
    tlsContext()
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
  }
}

/** Connections to one host. */
export class HttpPool {
  readonly hostHeader: string
  readonly #options: PoolOptions
  readonly #usedAt = new WeakMap<object, number>()
  #agent: Agent | undefined

  constructor(options: PoolOptions) {
    const { host, port, tls } = options
    const bracketed = host.includes(':') ? `[${host}]` : host
    this.hostHeader = port === (tls ? 443 : 80) ? bracketed : `${bracketed}:${port}`
    this.#options = options
  }

  /** Send one request and read its answer. TransportError. */
  async request(exchange: Exchange): Promise<Response> {
    this.#dropStale()
    const first = new Attempt(this.#options, this.#open(exchange), exchange)
    try {
      return await first.answer
    } catch (error) {
      const lost = error instanceof TransportError && error.kind === 'closed' && error.nothingReceived
      if (!lost || !first.reused || !exchange.idempotent) throw error
    }
    for (const socket of this.#idle()) socket.destroy() // the others are as old
    return new Attempt(this.#options, this.#open(exchange), exchange).answer
  }

  /** Close the idle connections. */
  close(): void {
    this.#agent?.destroy()
    this.#agent = undefined
  }

  #open(exchange: Exchange): ClientRequest {
    const { host, port, tls } = this.#options
    const body = exchange.body ?? new Uint8Array()
    return (tls ? httpsModule() : httpModule()).request({
      host,
      port,
      agent: this.#connections(),
      method: exchange.method,
      path: exchange.target,
      headers: { ...exchange.headers, 'content-length': String(body.length) },
      setHost: false,
      maxHeaderSize: MAX_HEAD,
    })
  }

  #connections(): Agent {
    if (this.#agent) return this.#agent
    const sizes = { maxSockets: MAX_CONNECTIONS, maxFreeSockets: MAX_IDLE }
    const options = { keepAlive: true, scheduling: 'lifo' as const, ...sizes }
    const agent = this.#options.tls
      ? new (httpsModule().Agent)({ ...options, secureContext: tlsContext() })
      : new (httpModule().Agent)(options)
    agent.on('free', (socket: object) => this.#usedAt.set(socket, Date.now()))
    return (this.#agent = agent)
  }

  #dropStale(): void {
    const oldest = Date.now() - MAX_IDLE_MS
    for (const socket of this.#idle()) {
      if ((this.#usedAt.get(socket) ?? 0) < oldest) socket.destroy()
    }
  }

  #idle(): Socket[] {
    return Object.values(this.#agent?.freeSockets ?? {}).flatMap((sockets) => [...(sockets ?? [])])
  }
}

/** One request on one connection. */
class Attempt {
  readonly answer: Promise<Response>
  readonly #options: PoolOptions
  readonly #request: ClientRequest
  readonly #readMs: number
  #received = false
  #connected = false
  #late: Error | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: PoolOptions, request: ClientRequest, exchange: Exchange) {
    this.#options = options
    this.#request = request
    this.#readMs = (options.readTimeoutS ?? READ_TIMEOUT_S) * 1000
    this.answer = new Promise<Response>((resolve, reject) => {
      const fail = (error: unknown): void => reject(this.#lost(error))
      request.on('socket', (socket) => this.#reach(socket, () => this.#send(exchange.body, fail)))
      request.on('response', (message) => this.#read(message).then(resolve, fail))
      request.on('error', fail)
      request.on('close', () => this.#received || fail(new Error('closed by the other side')))
    }).finally(() => clearTimeout(this.#timer))
  }

  /** The connection was a kept one. */
  get reused(): boolean {
    return this.#request.reusedSocket
  }

  #reach(socket: Socket, ready: () => void): void {
    if (!socket.connecting) {
      this.#connected = true
      this.#bound(this.#readMs)
      return ready()
    }
    const seconds = this.#options.connectTimeoutS ?? CONNECT_TIMEOUT_S
    this.#bound(seconds * 1000, new Error(`no answer within ${seconds} s`))
    socket.setNoDelay(true)
    socket.once('connect', () => {
      clearTimeout(this.#timer)
      this.#bound(this.#readMs)
      if (!this.#options.tls) this.#connected = true
    })
    if (this.#options.tls) socket.once('secureConnect', () => (this.#connected = true))
    ready()
  }

  /** What takes longer than this from now, or from the next refresh, is given up. */
  #bound(milliseconds: number, reason: Error = new TimeoutError(milliseconds / 1000)): void {
    this.#timer = setTimeout(() => {
      this.#late = reason // what the request and its message then fail with says nothing of it
      this.#request.destroy(reason)
    }, milliseconds)
  }

  #send(body: Uint8Array | undefined, fail: (error: unknown) => void): void {
    if (!body || body.length <= ONE_WRITE) {
      this.#request.end(body)
      return
    }
    const next = (start: number): void => {
      if (start >= body.length) {
        this.#request.end()
        return
      }
      this.#request.write(body.subarray(start, start + PIECE), (error) => {
        if (error) return fail(error)
        this.#timer?.refresh()
        next(start + PIECE)
      })
    }
    next(0)
  }

  async #read(message: IncomingMessage): Promise<Response> {
    this.#received = true
    this.#timer?.refresh()
    const most = this.#options.maxBody ?? MAX_BODY
    const parts: Buffer[] = []
    let size = 0
    for await (const part of message as AsyncIterable<Buffer>) {
      this.#timer?.refresh()
      size += part.length
      if (size > most) throw new TransportError(`the answer exceeds ${most} bytes`, 'too-large')
      parts.push(part)
    }
    return { status: message.statusCode ?? 0, headers: joined(message), body: Buffer.concat(parts, size) }
  }

  #lost(failure: unknown): TransportError {
    if (failure instanceof TransportError) return failure
    const error = this.#late ?? failure
    const { host, port } = this.#options
    const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? '')
    const lost = (what: string, kind: Loss): TransportError => new TransportError(what, kind, !this.#received, error)
    if (error instanceof TimeoutError) return lost(error.message, 'timeout')
    if (CERTIFICATE.test(code)) {
      return lost(`the certificate of ${host}:${port} is not trusted: ${reasonOf(error)}`, 'tls')
    }
    if (code.startsWith('HPE_')) return lost(`not an HTTP answer: ${reasonOf(error)}`, 'protocol')
    const reached = this.#connected || this.reused
    if (!reached) return lost(`cannot connect to ${host}:${port}: ${reasonOf(error)}`, 'connect')
    return lost(`the connection ended before the answer did (${reasonOf(error)})`, 'closed')
  }
}

class TimeoutError extends Error {
  constructor(seconds: number) {
    super(`no complete answer within ${seconds} s`)
  }
}

/** Headers by name, repeated ones joined by a comma. */
function joined(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)
}
