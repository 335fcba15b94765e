/**
 * Lambda entry point of cron Steps: a tick of EventBridge in, one run of the Step, however often the tick arrives.
 *
 * EventBridge delivers at least once, Lambda repeats failed asynchronous calls, and an expression that needs two rules
 * may tick twice at once. A lock named after the Step and the scheduled minute lets the first of them run, no other.
 */

import { StepLoadError } from '../errors.ts'
import { newTraceId } from '../ids.ts'
import { invokeCron, logFailure } from '../invoke.ts'
import type { LoadedStep } from '../loading.ts'
import { contained } from './containment.ts'
import type { Module, Modules, Sandbox } from './sandbox.ts'
import { handlerOf, reportLoadError } from './sandbox.ts'

const LOCK_TTL_S = 24 * 3600 // longer than Lambda goes on repeating an asynchronous call (six hours)
const MINUTE = '2026-01-01T00:00'.length

/** What is read of a tick. */
export interface CronEvent {
  readonly time?: string
  readonly id?: string
}

/** What Lambda calls. steps: modules by file. */
export function cronHandler(
  steps: Modules,
  descriptor: object | string,
  config?: Module,
): (event: CronEvent) => Promise<void> {
  return handlerOf(async (event: CronEvent, sandbox) => void (await handle(event, sandbox)), steps, descriptor, config)
}

/** Run the Step unless this tick has already; true if it ran. A failure is logged and thrown, and not repeated. */
export async function handle(event: CronEvent, sandbox: Sandbox): Promise<boolean> {
  const traceId = newTraceId()
  let loaded: LoadedStep
  try {
    loaded = await sandbox.step()
  } catch (error) {
    if (error instanceof StepLoadError) reportLoadError(sandbox.descriptor.steps[0], error, traceId)
    throw error
  }
  const { descriptor: step } = loaded
  const { backend } = sandbox.services
  if (!(await sandbox.services.acquireLock(lockName(step.id, event), LOCK_TTL_S))) return false
  const { topics, streams } = sandbox.descriptor
  try {
    await contained(step.file, () => invokeCron(loaded, backend, topics, { traceId, streams }))
  } catch (error) {
    logFailure(step, backend, traceId, 'Run failed', error, { scheduled: event.time ?? null })
    throw error
  }
  return true
}

/** The Step and the scheduled minute; without a time, the id of the event. */
export function lockName(stepId: string, event: CronEvent): string {
  const tick = String(event.time ?? '').slice(0, MINUTE) || String(event.id ?? '') || newTraceId()
  return `cron#${stepId}#${tick}`
}
