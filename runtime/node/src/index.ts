/** What `import ... from 'motia'` (or from '@motiadev/core') gets at run time; its types are in ../index.d.ts. */

export { StreamAdapter } from './adapters/interfaces.ts'
export { MemoryCronAdapter, MemoryStateAdapter, MemoryStreamAdapter } from './adapters/memory.ts'
export { MemoryEventAdapter } from './adapters/memory_events.ts'
export {
  EmitError,
  MotiaError,
  RequestError,
  ResponseError,
  StateError,
  StepError,
  StreamError,
  UnknownStreamError,
} from './errors.ts'

/** The configuration of a project, as it is given; for the types alone. */
export function config<T>(given: T): T {
  return given
}

export { config as defineConfig }
