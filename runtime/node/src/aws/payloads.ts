/**
 * Events too large for SQS: their data lies in S3, their message says where.
 *
 * {"topic", "traceId", "flows", "messageGroupId"?, "s3": {"bucket", "key"}} instead of {..., "data"}. Nobody deletes
 * the objects, because every subscriber reads the same one and a dead-letter queue keeps messages for 14 days; the
 * bucket's lifecycle rule does.
 */

import type { S3Client } from './s3.ts'

export const PREFIX = 'payloads/'

/** Large data of events in a bucket. */
export class Payloads {
  readonly s3: S3Client
  readonly bucket: string

  constructor(s3: S3Client, bucket: string) {
    this.s3 = s3
    this.bucket = bucket
  }

  /** The JSON text of an event's data. AwsError. */
  async fetch(bucket: string, key: string): Promise<Buffer> {
    return this.s3.get(bucket, key)
  }
}
