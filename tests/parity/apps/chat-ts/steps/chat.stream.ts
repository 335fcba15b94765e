import type { StreamConfig } from 'motia'
import { mayEnter } from '@chat/rooms'
import type { Person } from '@chat/people'

export const config: StreamConfig = {
  name: 'chat',
  schema: { type: 'object', properties: { text: { type: 'string' }, by: { type: 'string' } } },
  baseConfig: { storageType: 'default' },
  canAccess: async (subscription, authContext) => mayEnter(subscription.groupId, authContext as Person | null),
}
