import type { StreamConfig } from 'motia'
import { ticket } from '@/tickets'

/** Live: the group `open` has every ticket. */
export const config: StreamConfig = {
  name: 'desk',
  schema: ticket,
  baseConfig: { storageType: 'default' },
}
