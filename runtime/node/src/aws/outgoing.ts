/** One message on its way to SQS. */

import { MotiaError } from '../errors.ts'
import type { Entry } from './sqs.ts'

/** An object to put into the bucket before. */
export interface Upload {
  readonly key: string
  readonly data: Uint8Array
}

/** entry: what is sent. done: settled when all is done. */
export class Outgoing {
  readonly entry: Entry
  readonly done: Promise<void>
  upload: Upload | undefined
  attempts = 0
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(entry: Entry, upload?: Upload) {
    this.entry = entry
    this.upload = upload
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** It is durable. */
  sent(): void {
    this.#resolve()
  }

  /** It was not sent. */
  failed(error: unknown): void {
    this.#reject(error)
  }
}

/** The sentence of an error, for another error's message. */
export function describe(error: unknown): string {
  if (error instanceof MotiaError) return error.what
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
