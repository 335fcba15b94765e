/** Services that need no AWS, sandboxes on them, and recorded Lambda events. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Backend, LogRecord, Message, SentEvent, StreamItem } from '@motia/runtime/backend.ts'
import type { BundleDescriptor, StepDescriptor } from '@motia/runtime/descriptor.ts'
import { readDescriptor } from '@motia/runtime/descriptor.ts'
import type { Module } from '@motia/runtime/lambda/sandbox.ts'
import { Sandbox } from '@motia/runtime/lambda/sandbox.ts'
import type { Services } from '@motia/runtime/lambda/services.ts'

/** Services in memory. stored: by "bucket/key". madeVisible: (queue, receipt handle, seconds) in order. */
export class FakeServices implements Services {
  readonly state = new Map<string, unknown>()
  readonly records: LogRecord[] = []
  readonly published: Message[] = []
  readonly locks = new Set<string>()
  readonly stored = new Map<string, Buffer>()
  readonly madeVisible: [string, string, number][] = []
  visibilityError: Error | undefined
  readonly backend: Backend

  constructor() {
    const of = (group: string, key: string): string => JSON.stringify([group, key])
    this.backend = {
      state: {
        get: async (group, key) => this.state.get(of(group, key)) ?? null,
        set: async (group, key, value) => (this.state.set(of(group, key), value), value),
        delete: async (group, key) => (this.state.delete(of(group, key)), null),
        getGroup: async (group) =>
          [...this.state].filter(([name]) => (JSON.parse(name) as string[])[0] === group).map(([, value]) => value),
        clear: async () => this.state.clear(),
      },
      streams: {
        get: async () => null,
        set: async (_stream: string, _group: string, id: string, data: StreamItem) => ({ ...data, id }),
        delete: async () => null,
        getGroup: async () => [],
        send: async (_stream: string, _group: string, _id: string | null, _event: SentEvent) => undefined,
      },
      events: { publish: async (messages) => void this.published.push(...messages) },
      logs: { write: (record) => void this.records.push(record) },
    }
  }

  get errors(): LogRecord[] {
    return this.records.filter((record) => record['level'] === 'error')
  }

  /** What a Step has put into its state. */
  value(group: string, key: string): unknown {
    return this.state.get(JSON.stringify([group, key]))
  }

  async acquireLock(name: string): Promise<boolean> {
    const free = !this.locks.has(name)
    this.locks.add(name)
    return free
  }

  async changeVisibility(queue: string, receiptHandle: string, timeoutS: number): Promise<void> {
    if (this.visibilityError) throw this.visibilityError
    this.madeVisible.push([queue, receiptHandle, timeoutS])
  }

  async fetchPayload(bucket: string, key: string): Promise<Uint8Array> {
    const found = this.stored.get(`${bucket}/${key}`)
    if (!found) throw new Error('NoSuchKey')
    return found
  }
}

/** A Step's descriptor. */
export function described(step: Partial<StepDescriptor>): StepDescriptor {
  const file = 'steps/work.step.ts'
  return { id: 'work', name: 'Work', type: 'event', file, flows: [], emits: [], subscribes: [], ...step }
}

/** A sandbox of a bundle with one Step. handler: of the Step, or what imports its module. */
export function sandboxOf(
  handler: ((...args: any[]) => unknown) | { load: Module },
  services: FakeServices,
  step: Partial<StepDescriptor> = {},
  bundle: Partial<BundleDescriptor> = {},
): Sandbox {
  const made = described(step)
  const module: Module = 'load' in handler ? handler.load : { handler }
  const descriptor = readDescriptor({ steps: [made], topics: {}, streams: [], ...bundle })
  return new Sandbox({ modules: { [made.file]: module }, descriptor }, services)
}

/** A recorded Lambda event, the same that the Python entry points are tested with. */
export function eventOf<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'events', `${name}.json`), 'utf8')) as T
}

/** What `work` writes to standard output, line by line, as JSON. */
export async function linesOf(work: () => Promise<unknown>): Promise<LogRecord[]> {
  const write = process.stdout.write
  const lines: string[] = []
  process.stdout.write = ((text: string) => (lines.push(text), true)) as typeof write
  try {
    await work()
  } finally {
    process.stdout.write = write
  }
  return lines
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogRecord)
}
