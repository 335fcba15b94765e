import { type EventConfig, type Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'Welcome',
  subscribes: ['user.created'],
  input: { type: 'object', properties: { id: { type: 'string' } } },
  emits: [],
  infrastructure: {
    handler: { ram: 512, timeout: 20 },
    queue: { type: 'standard', maxRetries: 2, visibilityTimeout: 60 },
  },
}

export const handler: Handlers['Welcome'] = async (input, ctx) => {
  const id: string = input.id
  const level: 1 | 2 | 3 = input.level
  const manager: string | null = input.manager
  ctx.logger.info('Welcome', { id, level, manager })
  // @ts-expect-error this Step emits nothing
  await ctx.emit({ topic: 'user.created', data: input })
}

/** Handlers need not be asynchronous. */
export const plain: Handlers['Welcome'] = (input) => {
  input.roles.map((role) => role.toUpperCase())
}
