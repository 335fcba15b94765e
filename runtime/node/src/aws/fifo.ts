/**
 * Order on the way to a FIFO queue.
 *
 * SQS may accept the second entry of a batch and refuse the first. So a batch never holds two messages of one group,
 * and a group's next message waits until the one before it is accepted.
 */

import type { AwsError } from '../errors.ts'
import { EmitError } from '../errors.ts'
import { quoted } from '../kinds.ts'
import type { Pause } from './client.ts'
import { MAX_ATTEMPTS, backoff } from './client.ts'
import { throttled } from './failures.ts'
import type { Outgoing } from './outgoing.ts'
import { MAX_BYTES, MAX_ENTRIES, mayRetry } from './sqs.ts'

/** One SendMessageBatch; gives the errors of refused messages by index, rejects when the call fails. */
export type Send = (batch: readonly Outgoing[]) => Promise<ReadonlyMap<number, AwsError>>

type Wave = readonly (readonly [group: string, message: Outgoing])[]

/** The messages on their way to one FIFO queue. */
export class FifoLane {
  readonly #send: Send
  readonly #pause: Pause
  readonly #groups = new Map<string, Outgoing[]>()
  #draining = false

  constructor(send: Send, pause: Pause) {
    this.#send = send
    this.#pause = pause
  }

  /** Put a message behind those of its group. */
  add(message: Outgoing): void {
    const group = message.entry.groupId ?? ''
    const waiting = this.#groups.get(group)
    if (waiting) waiting.push(message)
    else this.#groups.set(group, [message])
  }

  /** Send until nothing waits. Every message is then settled. Does nothing while another drains. Never rejects. */
  async drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    for (let wave = this.#wave(); wave.length; wave = this.#wave()) await this.#sendWave(wave)
    this.#draining = false
  }

  /** The first message of up to ten groups; groups that waited longest come first. */
  #wave(): Wave {
    const wave: [string, Outgoing][] = []
    let size = 0
    for (const [group, [first]] of this.#groups) {
      if (!first) continue
      size += first.entry.size
      if (wave.length === MAX_ENTRIES || (wave.length && size > MAX_BYTES)) break
      wave.push([group, first])
    }
    return wave
  }

  async #sendWave(wave: Wave): Promise<void> {
    let failed: ReadonlyMap<number, AwsError>
    try {
      failed = await this.#send(wave.map(([, message]) => message))
    } catch (error) {
      // of the call as a whole, a defect of ours included: nobody may wait for ever
      for (const [group] of wave) this.#fail(group, error)
      return
    }
    let slowest = 0
    for (const [index, [group, message]] of wave.entries()) {
      const error = failed.get(index)
      if (!error) {
        message.sent()
        this.#next(group)
        continue
      }
      message.attempts += 1
      if (!mayRetry(error) || message.attempts >= MAX_ATTEMPTS) this.#fail(group, error)
      else slowest = Math.max(slowest, message.attempts)
    }
    if (slowest)
      await this.#pause(
        backoff(
          slowest,
          [...failed.values()].some(({ code }) => throttled(code, 0)),
        ),
      )
  }

  /** Take the group's first message off, and let the other groups go before its second. */
  #next(group: string): void {
    const behind = this.#groups.get(group)?.slice(1) ?? []
    this.#groups.delete(group)
    if (behind.length) this.#groups.set(group, behind)
  }

  /** The group's first message fails, and with it those behind: they must not overtake it when it is repeated. */
  #fail(group: string, error: unknown): void {
    const [first, ...behind] = this.#groups.get(group) ?? []
    this.#groups.delete(group)
    first?.failed(error)
    for (const message of behind) {
      const what = `an earlier event of message group ${quoted(group)} was not sent`
      message.failed(new EmitError(what, { remedy: 'repeat both, in their order' }))
    }
  }
}
