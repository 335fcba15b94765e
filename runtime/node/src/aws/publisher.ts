/**
 * Events to SQS: one message for each subscriber's queue.
 *
 * Body: {"topic", "data", "traceId", "flows", "messageGroupId"?}; data that would make it exceed 1 MiB goes to S3, see
 * `payloads`. What is published in one turn of the event loop to the same queue travels in batches.
 */

import type { EventPublisher, Message } from '../backend.ts'
import type { AwsError } from '../errors.ts'
import { EmitError } from '../errors.ts'
import { newId } from '../ids.ts'
import { quoted } from '../kinds.ts'
import { queueName } from '../names.ts'
import type { Pause } from './client.ts'
import { FifoLane } from './fifo.ts'
import type { Upload } from './outgoing.ts'
import { Outgoing, describe } from './outgoing.ts'
import type { Payloads } from './payloads.ts'
import { PREFIX } from './payloads.ts'
import type { Queues } from './queues.ts'
import type { Refused } from './sqs.ts'
import { Entry, MAX_BYTES, MAX_ENTRIES } from './sqs.ts'

type Content = readonly [body: string, upload: Upload | undefined]

/** An EventPublisher. prefix: of this version's queues. */
export class SqsPublisher implements EventPublisher {
  readonly #queues: Queues
  readonly #payloads: Payloads
  readonly #prefix: string
  readonly #pause: Pause
  readonly #lanes = new Map<string, FifoLane>()
  #waiting = new Map<string, Outgoing[]>()

  constructor(queues: Queues, payloads: Payloads, prefix: string, pause: Pause = queues.sqs.client.pause) {
    this.#queues = queues
    this.#payloads = payloads
    this.#prefix = prefix
    this.#pause = pause
  }

  /** Send every message; rejects with EmitError for the first that was not sent, after all have been tried. */
  async publish(messages: readonly Message[]): Promise<void> {
    if (!messages.length) return
    const outgoing = this.#outgoing(messages) // whatever cannot be encoded fails before anything is sent
    if (!this.#waiting.size) setImmediate(() => this.#flush())
    for (const [index, message] of messages.entries()) this.#wait(this.#queue(message), outgoing[index]!)
    const results = await Promise.allSettled(outgoing.map((item) => item.done))
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      const { topic, subscriber } = messages[index]!
      const step = quoted(subscriber.name)
      const error = new EmitError(`event ${quoted(topic)} was not sent to Step ${step}: ${describe(result.reason)}`)
      error.cause = result.reason
      throw error
    }
  }

  #wait(queue: string, item: Outgoing): void {
    const waiting = this.#waiting.get(queue)
    if (waiting) waiting.push(item)
    else this.#waiting.set(queue, [item])
  }

  #queue({ subscriber }: Message): string {
    return queueName(this.#prefix, subscriber.id, { fifo: subscriber.fifo })
  }

  #outgoing(messages: readonly Message[]): Outgoing[] {
    let last: Message | undefined
    let [body, upload]: Content = ['', undefined]
    return messages.map((message) => {
      if (!last || !sameContent(last, message)) [body, upload] = this.#content(message) // one event, one body
      last = message
      const dedupId = message.subscriber.fifo ? message.dedupId || newId() : undefined
      return new Outgoing(new Entry(body, { groupId: message.groupId, dedupId }), upload)
    })
  }

  /** The text of a message, and the object to put into S3 first if its data does not fit. */
  #content({ topic, data = null, traceId, flows, groupId }: Message): Content {
    const group = groupId === undefined ? {} : { messageGroupId: groupId }
    const body = sqsText(JSON.stringify({ topic, data, traceId, flows, ...group }))
    if (Buffer.byteLength(body) <= MAX_BYTES) return [body, undefined]
    const key = `${PREFIX}${newId()}`
    const s3 = { bucket: this.#payloads.bucket, key }
    const upload = { key, data: Buffer.from(JSON.stringify(data)) }
    return [sqsText(JSON.stringify({ topic, traceId, flows, ...group, s3 })), upload]
  }

  /** Everything published in the turn that just ended. */
  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = new Map()
    for (const [queue, outgoing] of waiting) {
      if (queue.endsWith('.fifo')) {
        const lane = this.#lane(queue)
        for (const item of outgoing) lane.add(item)
        void lane.drain()
      } else {
        for (const batch of batches(outgoing)) void this.#sendBatch(queue, batch)
      }
    }
  }

  #lane(queue: string): FifoLane {
    let lane = this.#lanes.get(queue)
    if (!lane) {
      const once = (url: string, entries: Entry[]): Promise<Refused> =>
        this.#queues.sqs.sendOnce(url, new Map(entries.entries()))
      lane = new FifoLane((batch) => this.#deliver(queue, batch, once), this.#pause)
      this.#lanes.set(queue, lane)
    }
    return lane
  }

  async #sendBatch(queue: string, batch: readonly Outgoing[]): Promise<void> {
    try {
      const failed = await this.#deliver(queue, batch, (url, entries) => this.#queues.sqs.sendBatch(url, entries))
      for (const [index, item] of batch.entries()) {
        const error = failed.get(index)
        if (error) item.failed(error)
        else item.sent()
      }
    } catch (error) {
      for (const item of batch) item.failed(error)
    }
  }

  /** First the objects, then the messages that point to them. */
  async #deliver(
    queue: string,
    batch: readonly Outgoing[],
    send: (url: string, entries: Entry[]) => Promise<Refused>,
  ): Promise<ReadonlyMap<number, AwsError>> {
    const uploads = new Map<string, Uint8Array>()
    for (const { upload } of batch) if (upload) uploads.set(upload.key, upload.data)
    await Promise.all([...uploads].map(([key, data]) => this.#payloads.s3.put(this.#payloads.bucket, key, data)))
    for (const item of batch) item.upload = undefined
    const url = await this.#queues.url(queue)
    const entries = batch.map((item) => item.entry)
    if (entries.length > 1) return send(url, entries)
    await this.#queues.sqs.send(url, entries[0]!)
    return new Map()
  }
}

/** At most 10 messages and 1 MiB each, in order. */
export function batches(outgoing: readonly Outgoing[]): Outgoing[][] {
  const packed: Outgoing[][] = []
  let size = 0
  for (const item of outgoing) {
    size += item.entry.size
    const last = packed.at(-1)
    if (!last || last.length === MAX_ENTRIES || size > MAX_BYTES) {
      packed.push([item])
      size = item.entry.size
    } else {
      last.push(item)
    }
  }
  return packed
}

function sameContent(one: Message, other: Message): boolean {
  const same = one.data === other.data && one.topic === other.topic && one.traceId === other.traceId
  return same && one.groupId === other.groupId && one.flows === other.flows
}

/** SQS refuses U+FFFE and U+FFFF, which JSON can escape. */
function sqsText(text: string): string {
  return text.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}
