/** Log records as lines of JSON on standard output, where Lambda picks them up. */

import type { LogRecord, LogSink } from './backend.ts'

/** A LogSink: one line a record. */
export const jsonLines: LogSink = {
  write(record: LogRecord): void {
    process.stdout.write(`${JSON.stringify(record)}\n`)
  },
}
