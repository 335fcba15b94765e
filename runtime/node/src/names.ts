/**
 * Names for AWS resources, derived from free text: readable, unique and stable.
 *
 * A name depends only on the thing it names, never on its neighbours, so adding a Step renames nothing. Project,
 * environment, version and Step are joined with `_`, which `slug` never produces, so two names cannot meet.
 */

import { cryptoModule } from './builtins.ts'

export const QUEUE_LIMIT = 80 // Amazon SQS quotas: characters in a queue name, ".fifo" included
export const FUNCTION_LIMIT = 64 // AWS Lambda quotas: characters in a function name

/** ASCII letters, digits and single dashes that a person still recognises; never empty. */
export function slug(text: string): string {
  const ascii = text.normalize('NFKD').replace(/[^\0-\x7f]/gu, '')
  return ascii.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'x'
}

/** The first `length` hex characters of the SHA-256 of `text`. */
export function digest(text: string, length = 6): string {
  return cryptoModule().createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** The identifier of a Step in resource names: its slug, with a digest where the slug lost something. */
export function stepId(name: string): string {
  const plain = slug(name)
  return plain === name ? plain : `${plain}-${digest(name)}`
}

/** Prefix of everything that belongs to an environment. */
export function environmentPrefix(project: string, environment: string): string {
  return `${slug(project)}_${slug(environment)}`
}

/** Prefix of everything that belongs to one version. */
export function versionPrefix(project: string, environment: string, version: string): string {
  return `${environmentPrefix(project, environment)}_${stepId(version)}`
}

/** `name`, or its start and a digest of the whole when it is longer than `limit` characters. */
export function fit(name: string, limit: number): string {
  return name.length <= limit ? name : `${unended(name.slice(0, limit - 9))}-${digest(name, 8)}`
}

/** `prefix_step` + suffix within `limit` characters; the prefix is shortened before the Step's own name. */
export function resourceName(prefix: string, step: string, limit: number, suffix = ''): string {
  const full = `${prefix}_${step}`
  const room = limit - suffix.length
  if (full.length <= room) return full + suffix
  const keptStep = fit(step, Math.max(Math.floor(room / 2), room - prefix.length - 10))
  const head = unended(prefix.slice(0, Math.max(room - keptStep.length - 10, 0)))
  return `${head}_${keptStep}-${digest(full, 8)}`.slice(0, room) + suffix
}

/** Name of the Lambda function of a Step (`step`: its id). */
export function functionName(prefix: string, step: string): string {
  return resourceName(prefix, step, FUNCTION_LIMIT)
}

/** Name of the queue of an event Step (`step`: its id), or of its dead-letter queue. */
export function queueName(prefix: string, step: string, options: { fifo: boolean; deadLetter?: boolean }): string {
  return resourceName(prefix, step, QUEUE_LIMIT, (options.deadLetter ? '-dlq' : '') + (options.fifo ? '.fifo' : ''))
}

function unended(text: string): string {
  return text.replace(/[-_]+$/, '')
}
