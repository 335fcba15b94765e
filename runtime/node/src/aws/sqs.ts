/** Amazon SQS: the calls an event needs. */

import { AwsError } from '../errors.ts'
import type { AwsClient } from './client.ts'
import { MAX_ATTEMPTS, backoff } from './client.ts'
import { throttled } from './failures.ts'

export const MAX_ENTRIES = 10 // Amazon SQS quotas: entries a batch
export const MAX_BYTES = 1024 * 1024 // Amazon SQS quotas: bytes a message, and bytes a batch

/** groupId: FIFO message group, or fair-queue tenant. dedupId: FIFO only. */
export interface EntryOptions {
  readonly groupId?: string | undefined
  readonly dedupId?: string | undefined
}

/** One message to send. body: text. size: its bytes in UTF-8. */
export class Entry {
  readonly body: string
  readonly size: number
  readonly groupId: string | undefined
  readonly dedupId: string | undefined

  constructor(body: string, { groupId, dedupId }: EntryOptions = {}) {
    this.body = body
    this.size = Buffer.byteLength(body)
    this.groupId = groupId
    this.dedupId = dedupId
  }

  /** As SendMessage and SendMessageBatch spell it. */
  parameters(): Record<string, unknown> {
    // JSON has no undefined: what is not given is left out
    return { MessageBody: this.body, MessageGroupId: this.groupId, MessageDeduplicationId: this.dedupId }
  }
}

/** Errors of refused entries by their number. */
export type Refused = Map<number, AwsError>

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id: string }[]
  readonly Failed?: readonly FailedEntry[]
}

interface FailedEntry {
  readonly Id?: string
  readonly Code?: string
  readonly Message?: string
  readonly SenderFault?: boolean
}

/** Messages and queues by URL. */
export class SqsClient {
  readonly client: AwsClient

  constructor(client: AwsClient) {
    this.client = client
  }

  /** The URL of a queue of this account. AwsError (QueueDoesNotExist). */
  async getQueueUrl(name: string): Promise<string> {
    return (await this.client.call<{ QueueUrl: string }>('GetQueueUrl', { QueueName: name })).QueueUrl
  }

  /** Send one message; gives its id. AwsError. */
  async send(queueUrl: string, entry: Entry): Promise<string> {
    const parameters = { QueueUrl: queueUrl, ...entry.parameters() }
    return (await this.client.call<{ MessageId: string }>('SendMessage', parameters, once(entry))).MessageId
  }

  /**
   * Send up to 10 messages of 1 MiB together, and again those that failed through no fault of theirs.
   *
   * Gives the error of each entry that was not sent, by its index. AwsError when the call as a whole fails; entries
   * accepted by an earlier try have then been sent. Takes no account of order: for FIFO use `sendOnce`.
   */
  async sendBatch(queueUrl: string, entries: readonly Entry[]): Promise<Refused> {
    let left = new Map(entries.entries())
    const refused: Refused = new Map()
    for (let attempt = 1; ; attempt++) {
      const failed = await this.sendOnce(queueUrl, left)
      const again = new Map<number, Entry>()
      for (const [index, error] of failed) {
        const entry = left.get(index)
        if (entry && mayRetry(error) && attempt < MAX_ATTEMPTS) again.set(index, entry)
        else refused.set(index, error)
      }
      if (!again.size) return refused
      left = again
      await this.client.pause(
        backoff(
          attempt,
          [...failed.values()].some((error) => throttled(error.code, 0)),
        ),
      )
    }
  }

  /** One SendMessageBatch; gives the error of each entry that was not accepted. AwsError. */
  async sendOnce(queueUrl: string, entries: ReadonlyMap<number, Entry>): Promise<Refused> {
    const numbered = [...entries].map(([index, entry]) => ({ Id: String(index), ...entry.parameters() }))
    const parameters = { QueueUrl: queueUrl, Entries: numbered }
    const idempotent = [...entries.values()].every(once)
    const answer = await this.client.call<BatchAnswer>('SendMessageBatch', parameters, idempotent)
    const accepted = new Set((answer.Successful ?? []).map((item) => Number(item.Id)))
    const failed: Refused = new Map()
    for (const item of answer.Failed ?? []) failed.set(Number(item.Id), refusal('SendMessageBatch', queueUrl, item))
    for (const index of entries.keys()) {
      if (accepted.has(index) || failed.has(index)) continue // neither accepted nor refused: not sent
      failed.set(index, refusal('SendMessageBatch', queueUrl, { Code: 'InternalError', Message: 'no answer' }))
    }
    return failed
  }

  /** Show a received message again after `timeoutS` seconds (0 to 43,200). AwsError. */
  async changeVisibility(queueUrl: string, receiptHandle: string, timeoutS: number): Promise<void> {
    const parameters = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: timeoutS }
    await this.client.call('ChangeMessageVisibility', parameters)
  }
}

/** The entry was refused through no fault of its own. `status` of an entry's error is 400 for a sender's fault. */
export function mayRetry(error: AwsError): boolean {
  return error.status !== 400 || throttled(error.code, 0)
}

/** Sending it twice adds one message only. */
function once(entry: Entry): boolean {
  return entry.dedupId !== undefined
}

function refusal(operation: string, queueUrl: string, item: FailedEntry): AwsError {
  const code = item.Code ?? ''
  const queue = queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
  const what = `${operation} failed with ${code} for ${queue}${item.Message ? `: ${item.Message}` : ''}`
  return new AwsError(what, { service: 'sqs', code, status: item.SenderFault ? 400 : 500 })
}
