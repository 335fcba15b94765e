import type { StreamConfig } from 'motia'
import { z } from 'zod'

/** Live: one group an order, in it how far the kitchen and the payment are. */
export const config: StreamConfig = {
  name: 'orderStatus',
  schema: z.object({ status: z.string() }),
  baseConfig: { storageType: 'default' },
}
