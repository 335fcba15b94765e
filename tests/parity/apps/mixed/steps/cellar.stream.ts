import type { StreamConfig } from 'motia'

/** The same rule as that of the attic, and one that fails. */
export const config: StreamConfig = {
  name: 'cellar',
  schema: { type: 'object', properties: { by: { type: 'string' } } },
  baseConfig: { storageType: 'default' },
  canAccess: (subscription, person) => {
    if (subscription.groupId === 'broken') throw new Error('the rule itself')
    return (person?.floors ?? []).includes(Number(subscription.groupId))
  },
}
