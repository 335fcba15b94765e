/** The services of a sandbox that runs on AWS, or on an emulator of it. */

import type { AwsBackend } from '../aws/sandbox.ts'
import { openBackend } from '../aws/sandbox.ts'
import type { Services } from './services.ts'

/** Services through src/aws; CloudError when the function's environment lacks something. */
export class AwsServices implements Services {
  readonly backend: AwsBackend

  constructor() {
    this.backend = openBackend()
  }

  async acquireLock(name: string, ttlS: number): Promise<boolean> {
    return this.backend.locks.acquire(name, ttlS)
  }

  async changeVisibility(queue: string, receiptHandle: string, timeoutS: number): Promise<void> {
    await this.backend.queues.changeVisibility(queue, receiptHandle, timeoutS)
  }

  async fetchPayload(bucket: string, key: string): Promise<Uint8Array> {
    return this.backend.payloads.fetch(bucket, key)
  }
}
