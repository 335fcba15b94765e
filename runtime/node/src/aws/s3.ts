/** Amazon S3: whole objects. */

import type { AwsClient } from './client.ts'
import type { Response } from './response.ts'
import type { Headers } from './sigv4.ts'
import { quotePath } from './sigv4.ts'

/** Objects by bucket and key. Every method rejects with AwsError. */
export class S3Client {
  readonly client: AwsClient

  constructor(client: AwsClient) {
    this.client = client
  }

  /** Create or replace an object. */
  async put(bucket: string, key: string, body: Uint8Array, contentType = 'application/json'): Promise<void> {
    await this.#request('PutObject', 'PUT', bucket, key, body, { 'content-type': contentType })
  }

  /** The bytes of an object. AwsError has code NoSuchKey, or AccessDenied if the caller may not list. */
  async get(bucket: string, key: string): Promise<Buffer> {
    return (await this.#request('GetObject', 'GET', bucket, key)).body
  }

  /** Remove an object, if there. */
  async delete(bucket: string, key: string): Promise<void> {
    await this.#request('DeleteObject', 'DELETE', bucket, key)
  }

  async #request(
    operation: string,
    method: string,
    bucket: string,
    key: string,
    body: Uint8Array = new Uint8Array(),
    headers: Headers = {},
  ): Promise<Response> {
    const { endpoint } = this.client
    // A bucket with dots does not match the wildcard certificate; an emulator rarely has wildcard names.
    const own = !endpoint.custom && !bucket.includes('.')
    const host = own ? `${bucket}.${endpoint.host}` : undefined
    const path = own ? `/${quotePath(key)}` : `/${bucket}/${quotePath(key)}`
    // TLS already protects the body; hashing it as well would only cost time.
    const unsignedPayload = endpoint.tls && body.length > 0
    return this.client.request({ operation, method, path, headers, body, host, unsignedPayload })
  }
}
