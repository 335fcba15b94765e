/** What the entry points need of AWS beyond a Step's backend. */

import type { Backend } from '../backend.ts'

/** The AWS side of a sandbox. Tests give one of their own. */
export interface Services {
  /** Where the Steps of this bundle keep state, emit and log. */
  readonly backend: Backend
  /** True for the first caller of a name; false for every other until `ttlS` seconds have passed. */
  acquireLock(name: string, ttlS: number): Promise<boolean>
  /** Let a received message of the queue (by name) be received again in `timeoutS` seconds. */
  changeVisibility(queue: string, receiptHandle: string, timeoutS: number): Promise<void>
  /** The stored data of an event that was too large for a message. */
  fetchPayload(bucket: string, key: string): Promise<Uint8Array>
}
