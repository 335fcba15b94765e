/**
 * `motia.json`: what the entry points need to know of the Steps of a bundle. Written by `motia.descriptor`.
 *
 * {"version": 1,
 *  "steps": [{"id", "name", "type", "file", "flows", "emits", "method"?, "path"?, "subscribes"?}],
 *  "topics": {"order.created": [{"name", "id", "fifo"}]},
 *  "streams": ["chatMessages"],
 *  "guards"?: {"chatMessages": "steps/chat.stream.ts"},
 *  "adapters"?: ["state"]}
 *
 * `file` is relative to the project's root. `topics` holds the topics that the Steps of this bundle may emit. A bundle
 * has one Step; a router has every API Step of its language; that of the access function has none, and `guards`: the
 * files of the streams that have a canAccess. `adapters`: what `motia.config.ts` in the bundle replaces.
 */

import type { Topics } from './backend.ts'

export const FILE_NAME = 'motia.json'
export const VERSION = 1

/** One Step, reduced to what running it takes. */
export interface StepDescriptor {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly file: string
  readonly flows: readonly string[]
  readonly emits: readonly string[]
  readonly method?: string | null
  readonly path?: string | null
  readonly subscribes?: readonly string[]
}

/** The Steps of a bundle, the routing table of what they emit, and the project's streams. guards: see above. */
export interface BundleDescriptor {
  readonly version?: number
  readonly steps: readonly StepDescriptor[]
  readonly topics: Topics
  readonly streams: readonly string[]
  readonly guards: Readonly<Record<string, string>>
  readonly adapters: readonly string[]
}

/** What `motia.json` holds: the text, or what JSON.parse made of it; keys that are left out get their defaults. */
export function readDescriptor(given: string | Uint8Array | object): BundleDescriptor {
  const raw = typeof given === 'string' || given instanceof Uint8Array ? JSON.parse(textOf(given)) : given
  return { guards: {}, adapters: [], ...raw }
}

function textOf(given: string | Uint8Array): string {
  return typeof given === 'string' ? given : Buffer.from(given.buffer, given.byteOffset, given.length).toString()
}
