import type { StreamConfig } from 'motia'
import { z } from 'zod'

export const config: StreamConfig = {
  name: 'chatMessages',
  schema: z.object({ text: z.string(), author: z.string() }),
  baseConfig: { storageType: 'default' },
}
