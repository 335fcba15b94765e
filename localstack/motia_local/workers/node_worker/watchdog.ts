/**
 * A thread that notices when the event loop stands still, and speaks for the worker until it turns again.
 *
 * It writes what the main thread has left unsent, says which invocation holds the loop and where, and ends the process
 * when the server is gone. While nothing runs it looks seldom: code that a Step has left behind may hold the loop then.
 */

import { workerData } from 'node:worker_threads'

import { holder, type Holder } from './holder.ts'
import { Outbox, type OutboxMemory } from './outbox.ts'
import { BEAT, monotonicMs, Progress } from './progress.ts'
import { PulseView } from './pulse.ts'
import { takeArrived } from './serving/arrived.ts'

const BEAT_MS = 250
const REST_MS = 1000 // between two looks while nothing runs
const STUCK = 2 // looks one after another at which the main thread has not turned

/** What it is started with. socket, progress, connections: file descriptors. */
export interface Watched {
  readonly socket: number
  readonly progress: number
  readonly root: string
  readonly outbox: OutboxMemory
  readonly pulse: SharedArrayBuffer
  readonly connections: number | undefined
}

async function watch({ socket, progress, root, outbox, pulse, connections }: Watched): Promise<never> {
  const numbers = new Progress(progress)
  const out = new Outbox(socket, outbox)
  const view = new PulseView(pulse)
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const server = process.ppid
  let missed = 0
  for (;;) {
    const resting = missed < STUCK && !view.awake
    numbers.set(BEAT, resting ? 0 : monotonicMs())
    const ticks = view.ticks
    if (resting) view.sleep(REST_MS)
    else Atomics.wait(pause, 0, 0, BEAT_MS)
    endWithout(server)
    if (ticks !== view.ticks || (missed < STUCK && resting === view.awake)) {
      if (missed >= STUCK && !view.patient) {
        out.put({ t: 'unstuck' })
        out.flush()
      }
      missed = 0
      continue
    }
    if (view.loading || view.patient) continue
    missed += 1
    if (missed === STUCK) {
      const { current, where, left, unannounced } = (await holder(root)) ?? unasked(view)
      for (const frame of unannounced) out.put(frame)
      if (ticks !== view.ticks) {
        missed = 0 // it went on while it was asked
        out.flush()
        continue
      }
      out.put({ t: 'stuck', current, where, left, ids: [] })
    }
    if (missed >= STUCK && connections !== undefined) {
      for (const { place, data } of takeArrived(connections)) out.put({ t: 'over', place, unread: true }, data)
    }
    out.flush()
  }
}

/** What is known of code that cannot be asked. */
function unasked(view: PulseView): Holder {
  const at = view.awake ? { current: view.only, left: view.left } : { current: null, left: 0 }
  return { ...at, where: '', unannounced: [] }
}

/** End this process, and every process a Step started, when the server is gone. */
function endWithout(server: number): void {
  if (process.ppid === server) return
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.kill(process.pid, 'SIGKILL') // it leads no group
  }
}

await watch(workerData as Watched)
