import type { StreamConfig } from 'motia'

export const config: StreamConfig = {
  name: 'notes',
  schema: { type: 'object', properties: { text: { type: 'string' } } },
}
