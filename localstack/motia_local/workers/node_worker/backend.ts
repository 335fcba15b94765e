/** What a Step's context stands on in a worker: calls to the server, and records sent to it. */

import type {
  Backend,
  EventPublisher,
  LogRecord,
  LogSink,
  Message,
  SentEvent,
  StateStore,
  StreamItem,
  StreamStore,
  TraceEvent,
  TraceSink,
} from '@motia/runtime/backend.ts'

import type { LogBudget } from './budget.ts'
import type { Line } from './channel.ts'

type Ask = (operation: string, ...args: unknown[]) => Promise<unknown>

class RemoteState implements StateStore {
  constructor(private readonly ask: Ask) {}

  get(group: string, key: string): Promise<unknown> {
    return this.ask('state.get', group, key)
  }

  async set(group: string, key: string, value: unknown): Promise<unknown> {
    await this.ask('state.set', group, key, value)
    return value
  }

  delete(group: string, key: string): Promise<unknown> {
    return this.ask('state.delete', group, key)
  }

  getGroup(group: string): Promise<unknown[]> {
    return this.ask('state.get_group', group) as Promise<unknown[]>
  }

  async clear(group: string): Promise<void> {
    await this.ask('state.clear', group)
  }
}

class RemoteStreams implements StreamStore {
  constructor(private readonly ask: Ask) {}

  get(stream: string, group: string, id: string): Promise<StreamItem | null> {
    return this.ask('streams.get', stream, group, id) as Promise<StreamItem | null>
  }

  set(stream: string, group: string, id: string, data: StreamItem): Promise<StreamItem> {
    return this.ask('streams.set', stream, group, id, data) as Promise<StreamItem>
  }

  delete(stream: string, group: string, id: string): Promise<StreamItem | null> {
    return this.ask('streams.delete', stream, group, id) as Promise<StreamItem | null>
  }

  getGroup(stream: string, group: string): Promise<StreamItem[]> {
    return this.ask('streams.get_group', stream, group) as Promise<StreamItem[]>
  }

  async send(stream: string, group: string, id: string | null, event: SentEvent): Promise<void> {
    await this.ask('streams.send', stream, group, id, event)
  }
}

class RemoteEvents implements EventPublisher {
  constructor(private readonly ask: Ask) {}

  async publish(messages: readonly Message[]): Promise<void> {
    await this.ask('events.publish', messages.map(asSent))
  }
}

/** A LogSink. lastError: the error record that `invokeApi` wrote, when it did. */
export class RemoteLogs implements LogSink {
  lastError: LogRecord | undefined

  constructor(
    private readonly line: Line,
    private readonly invocation: number,
    private readonly budget: LogBudget,
  ) {}

  write(record: LogRecord): void {
    if (record.level === 'error') this.lastError = record
    else if (!this.budget.take()) return
    let sent = record
    if (this.budget.dropped) {
      sent = { ...record, dropped: this.budget.dropped }
      this.budget.dropped = 0
    }
    this.line.send({ t: 'log', inv: this.invocation, record: sent })
  }
}

/** Logs are left out: the server sees their records. */
class RemoteTrace implements TraceSink {
  constructor(
    private readonly line: Line,
    private readonly invocation: number,
  ) {}

  add(event: TraceEvent): void {
    if (event.type !== 'log') this.line.send({ t: 'trace', inv: this.invocation, event })
  }
}

/** The backend of one invocation, and its logs. */
export function makeBackend(line: Line, invocation: number, budget: LogBudget): Backend & { readonly logs: RemoteLogs } {
  const ask: Ask = (operation, ...args) => line.call(operation, args, invocation)
  return {
    state: new RemoteState(ask),
    streams: new RemoteStreams(ask),
    events: new RemoteEvents(ask),
    logs: new RemoteLogs(line, invocation, budget),
    trace: new RemoteTrace(line, invocation),
  }
}

/** A message as `motia.backend.Message` has it. */
function asSent(message: Message): Record<string, unknown> {
  const { subscriber, topic, data, traceId, flows, groupId = null, dedupId } = message
  return { subscriber, topic, data, trace_id: traceId, flows, group_id: groupId, dedup_id: dedupId }
}
