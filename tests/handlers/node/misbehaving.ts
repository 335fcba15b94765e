/** A server that misbehaves as told: it answers the n-th request with the n-th reply; the last one goes on for ever. */

import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

/** What the server does with one request: send the parts, then go on, close, reset, or say nothing until the end. */
export interface Reply {
  readonly parts?: readonly string[]
  readonly then?: 'go on' | 'close' | 'reset' | 'stall'
  readonly before?: () => void
}

/** What arrived. connection: a number, to see which requests shared one. */
export interface Arrived {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connection: number
}

/** An orderly answer. body: bytes, as Latin-1. */
export function http(status: number, body = '', headers: Readonly<Record<string, string>> = {}): Reply {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body, 'latin1')
  return { parts: [`HTTP/1.1 ${status} X\r\nContent-Length: ${length}\r\n${lines.join('')}\r\n${body}`] }
}

/** Started by `serve`; ended with the test file. */
export class Misbehaving {
  readonly requests: Arrived[] = []
  readonly #replies: readonly Reply[]
  readonly #server: Server
  readonly #open = new Set<Socket>()
  connections = 0
  port = 0

  constructor(replies: readonly Reply[]) {
    this.#replies = replies
    this.#server = createServer((socket) => this.#serve(socket))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
  }

  /** End the connections that are open now, and wait until they are. */
  async endConnections(): Promise<void> {
    const ended = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    for (const socket of this.#open) socket.end()
    await Promise.all(ended)
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections
    let data = ''
    this.#open.add(socket)
    socket.setEncoding('latin1')
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#open.delete(socket))
    socket.on('data', (part) => {
      data += String(part)
      for (let request = read(data, connection); request; request = read(data, connection)) {
        data = data.slice(request.size)
        this.#answer(socket, request.arrived)
      }
    })
  }

  #answer(socket: Socket, arrived: Arrived): void {
    const reply = this.#replies[Math.min(this.requests.length, this.#replies.length - 1)] ?? {}
    this.requests.push(arrived)
    reply.before?.()
    for (const part of reply.parts ?? []) socket.write(part, 'latin1')
    if (reply.then === 'close') socket.end()
    if (reply.then === 'reset') socket.resetAndDestroy()
  }
}

/** Start a server with these replies. */
export async function serve(...replies: Reply[]): Promise<Misbehaving> {
  const server = await new Misbehaving(replies).start()
  after(() => server.close())
  return server
}

function read(data: string, connection: number): { arrived: Arrived; size: number } | undefined {
  const end = data.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = data.slice(0, end).split('\r\n')
  const [method = '', target = ''] = first.split(' ')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const size = end + 4 + Number(headers['content-length'] ?? 0)
  if (data.length < size) return undefined
  const body = Buffer.from(data.slice(end + 4, size), 'latin1').toString()
  return { arrived: { method, target, headers, body, connection }, size }
}
