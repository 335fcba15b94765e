/** The queues of this version, by name. */

import type { SqsClient } from './sqs.ts'

/** baseUrl: of all queues, with a final slash; undefined to ask SQS for each queue's URL, once. */
export class Queues {
  readonly sqs: SqsClient
  readonly #baseUrl: string | undefined
  readonly #urls = new Map<string, Promise<string>>()

  constructor(sqs: SqsClient, baseUrl: string | undefined) {
    this.sqs = sqs
    this.#baseUrl = baseUrl
  }

  /** The URL of a queue. AwsError. */
  async url(name: string): Promise<string> {
    if (this.#baseUrl !== undefined) return this.#baseUrl + name
    const asked = this.#urls.get(name)
    if (asked) return asked
    const url = this.sqs.getQueueUrl(name)
    this.#urls.set(name, url)
    try {
      return await url
    } catch (error) {
      this.#urls.delete(name) // asked again: the queue may be there by then
      throw error
    }
  }

  /** Let a received message be received again in `timeoutS` seconds (0 to 43,200). AwsError. */
  async changeVisibility(name: string, receiptHandle: string, timeoutS: number): Promise<void> {
    await this.sqs.changeVisibility(await this.url(name), receiptHandle, timeoutS)
  }
}
