/**
 * Lambda entry point of event Steps: a batch of SQS messages in, the ids of those to be tried again out.
 *
 * Messages of a standard queue run concurrently. Those of a FIFO queue run in order inside their group; at a group's
 * first failure the rest of the group goes back untried. A failed message is visible again after MOTIA_RETRY_DELAY_S
 * seconds.
 */

import { MotiaError, StepLoadError } from '../errors.ts'
import { newTraceId } from '../ids.ts'
import { invokeEvent, logFailure } from '../invoke.ts'
import type { LoadedStep } from '../loading.ts'
import { contained } from './containment.ts'
import type { Module, Modules, Sandbox } from './sandbox.ts'
import { handlerOf, reportLoadError } from './sandbox.ts'

/** What is read of a message. */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: { readonly ApproximateReceiveCount?: string; readonly MessageGroupId?: string }
  readonly eventSourceARN: string
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[]
}

export interface SqsAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** An emitted event in a message: its data, or where that is. */
export interface Envelope {
  readonly topic: string
  readonly data?: unknown
  readonly traceId?: string
  readonly s3?: { readonly bucket: string; readonly key: string }
}

/** A message that no emit has sent. */
export class EnvelopeError extends MotiaError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'EnvelopeError' })
  }
}

/** What Lambda calls. steps: modules by file. */
export function sqsHandler(
  steps: Modules,
  descriptor: object | string,
  config?: Module,
): (event: SqsEvent) => Promise<SqsAnswer> {
  return handlerOf(handle, steps, descriptor, config)
}

/** `{"batchItemFailures": [{"itemIdentifier": messageId}]}` of one batch. */
export async function handle(event: SqsEvent, sandbox: Sandbox): Promise<SqsAnswer> {
  let step: LoadedStep | undefined
  try {
    step = await sandbox.step()
  } catch (error) {
    if (!(error instanceof StepLoadError)) throw error
    reportLoadError(sandbox.descriptor.steps[0], error, newTraceId())
  }
  const done = step ? await Promise.all(groups(event.Records).map((some) => runInOrder(some, step, sandbox))) : []
  const succeeded = new Set(done.flat())
  const failed = event.Records.filter((record) => !succeeded.has(record.messageId))
  await Promise.all(failed.map((record) => retrySoon(record, sandbox)))
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.messageId })) }
}

/** The records that have to run one after another, together. */
export function groups(records: readonly SqsRecord[]): SqsRecord[][] {
  const found = new Map<string, SqsRecord[]>()
  for (const record of records) {
    const fifo = record.eventSourceARN.endsWith('.fifo')
    const key = fifo ? `group ${record.attributes.MessageGroupId}` : `message ${record.messageId}`
    found.set(key, [...(found.get(key) ?? []), record])
  }
  return [...found.values()]
}

/** Handle records until one fails; the ids of those that succeeded. */
async function runInOrder(records: readonly SqsRecord[], step: LoadedStep, sandbox: Sandbox): Promise<string[]> {
  const succeeded: string[] = []
  for (const record of records) {
    if (!(await attempt(record, step, sandbox))) break
    succeeded.push(record.messageId)
  }
  return succeeded
}

/** Handle one message; false, and an error record, when that fails. */
async function attempt(record: SqsRecord, step: LoadedStep, sandbox: Sandbox): Promise<boolean> {
  const { descriptor, services } = sandbox
  let traceId = newTraceId()
  try {
    const envelope = readEnvelope(record.body)
    traceId = envelope.traceId || traceId
    const data = await dataOf(envelope, sandbox)
    const options = { traceId, streams: descriptor.streams }
    await contained(step.descriptor.file, () => invokeEvent(step, data, services.backend, descriptor.topics, options))
  } catch (error) {
    const attempt = Number(record.attributes.ApproximateReceiveCount ?? 1)
    const fields = { attempt, messageId: record.messageId }
    logFailure(step.descriptor, services.backend, traceId, `Attempt ${attempt} failed`, error, fields)
    return false
  }
  return true
}

/** The emitted event in a message: {topic, data or s3, traceId, flows, messageGroupId?}. EnvelopeError. */
export function readEnvelope(body: string): Envelope {
  const remedy = 'send events with emit or `motia emit`'
  let envelope: unknown
  try {
    envelope = JSON.parse(body)
  } catch (bad) {
    throw new EnvelopeError(`the message is not JSON: ${(bad as Error).message}`, { remedy })
  }
  if (!isEnvelope(envelope)) {
    const allowed = '{"topic": ..., "data": ..., "traceId": ...}'
    throw new EnvelopeError('the message is not an emitted event', { allowed, remedy })
  }
  return envelope
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && typeof (value as { topic?: unknown }).topic === 'string'
}

/** The event's data, from S3 when it did not fit into the message. */
async function dataOf({ data = null, s3 }: Envelope, sandbox: Sandbox): Promise<unknown> {
  if (!s3) return data
  const stored = await sandbox.services.fetchPayload(s3.bucket, s3.key)
  return JSON.parse(new TextDecoder().decode(stored))
}

/** Shorten the wait for the next attempt. Without it the message waits for its queue's visibility timeout. */
async function retrySoon(record: SqsRecord, { descriptor, services }: Sandbox): Promise<void> {
  const queue = record.eventSourceARN.slice(record.eventSourceARN.lastIndexOf(':') + 1)
  const delay = Number(process.env['MOTIA_RETRY_DELAY_S'] ?? 2)
  try {
    await services.changeVisibility(queue, record.receiptHandle, delay)
  } catch (error) {
    const message = "The next attempt waits for the queue's visibility timeout"
    const { messageId } = record
    const [step] = descriptor.steps
    if (step) logFailure(step, services.backend, newTraceId(), message, error, { messageId })
  }
}
