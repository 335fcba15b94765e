import type { StreamConfig } from 'motia'

/** Open to everybody. */
export const config: StreamConfig = { name: 'hall', schema: { type: 'object' } }
