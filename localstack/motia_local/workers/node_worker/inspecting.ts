/** A debugger may attach to this worker: Node's inspector listens as soon as the worker before it has gone. */

import * as inspector from 'node:inspector'
import { createServer } from 'node:net'

const HOST = '127.0.0.1'
const RETRY_MS = 50
const WAIT_MS = 10_000 // for a worker that has ended

/** Let a debugger attach on `port` of the loopback interface. */
export function inspect(port: number, until = performance.now() + WAIT_MS): void {
  const probe = createServer()
  probe.once('error', () => {
    if (performance.now() < until) setTimeout(() => inspect(port, until), RETRY_MS)
    else process.stderr.write(`no debugger can attach: port ${port} is in use\n`)
  })
  probe.listen(port, HOST, () => probe.close(() => inspector.open(port, HOST)))
}
