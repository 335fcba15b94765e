/** The connections of a WebSocket API: messages to clients. */

import { AwsError } from '../errors.ts'
import type { AwsClient } from './client.ts'
import { quote } from './sigv4.ts'

export const MAX_BYTES = 128 * 1024 // "Amazon API Gateway quotas": payload of a WebSocket message

const GONE = 410

/** Posts to clients through the management endpoint of a WebSocket API. */
export class Sockets {
  readonly client: AwsClient

  constructor(client: AwsClient) {
    this.client = client
  }

  /** Send a message of at most MAX_BYTES; false when the client is gone. AwsError. */
  async post(connection: string, message: Uint8Array): Promise<boolean> {
    const path = `/@connections/${quote(connection)}`
    const headers = { 'content-type': 'application/json' }
    try {
      await this.client.request({ operation: 'PostToConnection', method: 'POST', path, headers, body: message })
    } catch (error) {
      if (error instanceof AwsError && error.status === GONE) return false
      throw error
    }
    return true
  }
}
