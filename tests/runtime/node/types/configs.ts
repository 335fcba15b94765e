/** Configs take the schemas of every library, and JSON Schema. */

import { type as ark } from 'arktype'
import type { ApiRouteConfig, CronConfig, EventConfig, NoopConfig, StepConfig, StepHandler, StreamConfig } from 'motia'
import * as v from 'valibot'
import { z } from 'zod'
import { z as z3 } from 'zod3'

import { auth, typed } from './handlers.ts'

const json = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], 'x-own': 1 } as const

export const create: ApiRouteConfig = {
  type: 'api',
  name: 'CreateUser',
  path: '/users',
  method: 'POST',
  emits: ['user.created', { topic: 'user.refused', label: 'Refused', conditional: true }],
  description: 'Creates a user',
  flows: ['users'],
  bodySchema: z.object({ name: z.string() }),
  responseSchema: {
    201: z.object({ id: z.string() }),
    400: z3.object({ error: z3.string() }),
    404: json,
    422: v.object({ a: v.string() }),
    500: ark({ a: 'string' }),
    503: null,
  },
  middleware: [auth, typed],
  queryParams: [{ name: 'invite', description: 'Invite code' }],
  virtualEmits: ['notification.sent'],
  virtualSubscribes: ['user.invited'],
  includeFiles: ['../../assets/template.html'],
}

export const list: ApiRouteConfig = { ...create, bodySchema: z.array(z.object({ name: z.string() })) }
export const third: ApiRouteConfig = { ...create, bodySchema: z3.array(z3.object({ name: z3.string() })) }
export const plain: ApiRouteConfig = { ...create, bodySchema: { type: 'array', items: json } }

export const event: EventConfig = {
  type: 'event',
  name: 'ProcessOrder',
  subscribes: ['order.created'],
  input: z.object({ orderId: z.string() }),
  emits: [],
  infrastructure: {
    handler: { ram: 2048, timeout: 60 },
    queue: { type: 'fifo', maxRetries: 3, visibilityTimeout: 90 },
  },
}
export const some: EventConfig = { ...event, input: null, infrastructure: { queue: { type: 'fifo' } } }
export const cron: CronConfig = { type: 'cron', name: 'Daily', cron: '0 9 * * *', emits: [] }
export const noop: NoopConfig = {
  type: 'noop',
  name: 'Gate',
  virtualEmits: ['a', { topic: 'b' }],
  virtualSubscribes: [],
}
export const steps: StepConfig[] = [create, event, cron, noop]

export const stream: StreamConfig = {
  name: 'chatMessages',
  schema: z.object({ text: z.string() }),
  baseConfig: { storageType: 'default' },
  canAccess: ({ groupId, id }, { userId, roles }) => groupId === userId || (roles ?? []).includes(id ?? ''),
}
export const open: StreamConfig = { name: 'open', schema: json, canAccess: async () => true }

// @ts-expect-error there is no such method
export const bad: ApiRouteConfig = { ...create, method: 'FETCH' }
// @ts-expect-error `emits` is required, empty or not
export const silent: CronConfig = { type: 'cron', name: 'Daily', cron: '0 9 * * *' }
// @ts-expect-error a schema is no text
export const texts: EventConfig = { ...event, input: 'text' }

export const literal = {
  type: 'event',
  name: 'Literal',
  subscribes: ['a'],
  emits: [],
  input: z.object({ a: z.number() }),
} as const satisfies EventConfig

export const handler: StepHandler<typeof literal> = async (input, ctx) => {
  const a: number = input.a
  await ctx.emit({ topic: 'b', data: a })
}

export const older = { ...literal, input: z3.object({ a: z3.string() }) } as const satisfies EventConfig
export const olderHandler: StepHandler<typeof older> = async (input) => {
  const a: string = input.a
  // @ts-expect-error not in the schema
  void input.b
  void a
}

export const loose: StepHandler<typeof event> = async (input, { logger }) => logger.info('got', input)
export const api: StepHandler<typeof create> = async (req) => ({ status: 200, body: { path: req.pathParams.id } })
