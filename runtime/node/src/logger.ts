/** `context.logger`: records of a Step, tagged with its name, trace and flows. Nothing here throws into a Step. */

import type { LogRecord, LogSink, TraceSink } from './backend.ts'
import { put } from './jsonable.ts'
import { printable } from './printable.ts'

export const LEVELS: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warn: 30,
  warning: 30,
  error: 40,
  critical: 50,
}

const RESERVED = new Set(['timestamp', 'level', 'step', 'traceId', 'flows', 'msg'])

type Level = 'debug' | 'info' | 'warn' | 'error'
export type Listener = (level: string, message: string, args?: unknown) => unknown

/**
 * Writes `{timestamp, level, step, traceId, flows, msg, ...args}` at or above LOG_LEVEL (default info).
 *
 * args: an object, whose entries become entries of the record (those named like one of the record's own are kept under
 * `args`), an error (kept under `error`), or a single value (kept under `data`).
 */
export class Logger {
  /** Detail for the developer. */
  readonly debug = (message: unknown, args?: unknown): void => this.#log('debug', message, args)
  /** What happened. */
  readonly info = (message: unknown, args?: unknown): void => this.#log('info', message, args)
  /** What may become a problem. */
  readonly warn = (message: unknown, args?: unknown): void => this.#log('warn', message, args)
  /** What went wrong. */
  readonly error = (message: unknown, args?: unknown): void => this.#log('error', message, args)
  /** Call `listener(level, message, args)` for every record written from now on. */
  readonly addListener = (listener: Listener): void => void this.#listeners.push(listener)

  readonly #step: string
  readonly #traceId: string
  readonly #flows: readonly string[]
  readonly #sink: LogSink
  readonly #trace: TraceSink | undefined
  readonly #threshold: number
  readonly #listeners: Listener[] = []

  constructor(step: string, traceId: string, flows: readonly string[], sink: LogSink, trace: TraceSink | undefined) {
    this.#step = step
    this.#traceId = traceId
    this.#flows = flows
    this.#sink = sink
    this.#trace = trace
    this.#threshold = LEVELS[(process.env.LOG_LEVEL || 'info').toLowerCase()] ?? LEVELS.info!
  }

  #log(level: Level, message: unknown, args: unknown): void {
    if (LEVELS[level]! < this.#threshold) return
    const text = typeof message === 'string' ? message : asText(printable(message))
    const now = new Date()
    const own = {
      timestamp: now.toISOString(),
      level,
      step: this.#step,
      traceId: this.#traceId,
      flows: [...this.#flows],
      msg: text,
    }
    this.#deliver({ ...own, ...metadata(args) }, now)
    for (const listener of this.#listeners) {
      try {
        listener(level, text, args)
      } catch (broken) {
        this.#deliver({ ...own, level: 'warn', msg: 'a log listener failed', error: printable(broken) }, now)
      }
    }
  }

  #deliver(record: LogRecord, now: Date): void {
    try {
      this.#sink.write(record)
    } catch (broken) {
      process.stderr.write(`log record lost: ${String(broken)}\n`)
    }
    if (!this.#trace) return
    const { timestamp: _, level, msg: message, ...rest } = record
    this.#trace.add({ type: 'log', timestamp: now.getTime(), level, message, metadata: rest })
  }
}

function metadata(args: unknown): Record<string, unknown> {
  if (args === undefined || args === null) return {}
  if (args instanceof Error) return { error: printable(args) }
  const found = printable(args)
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return { data: found }
  const kept: Record<string, unknown> = {}
  const clashing: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(found)) {
    if (RESERVED.has(key)) clashing[key] = value
    else put(kept, key, value)
  }
  return Object.keys(clashing).length ? { ...kept, args: clashing } : kept
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
