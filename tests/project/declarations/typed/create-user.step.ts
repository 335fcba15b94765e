import type { ApiMiddleware, ApiRouteConfig, Handlers } from 'motia'
import { z } from 'zod'

const middleware: ApiMiddleware = async (req, ctx, next) => {
  if (!req.headers.authorization) return { status: 401, body: { error: 'Unauthorized' } }
  ctx.logger.info('Seen', { traceId: ctx.traceId })
  const response = await next()
  return { ...response, headers: { ...response.headers, 'x-trace-id': ctx.traceId } }
}

export const config: ApiRouteConfig = {
  type: 'api',
  name: "Create 'User'",
  path: '/users/:id',
  method: 'POST',
  emits: ['user.created', { topic: 'user.billed', label: 'in order', conditional: true }],
  middleware: [middleware],
  bodySchema: z.object({ name: z.string(), age: z.number().optional() }),
  responseSchema: { 201: z.object({ id: z.string() }), 400: z.object({ error: z.string() }) },
  queryParams: [{ name: 'invite', description: 'Invite code' }],
}

export const handler: Handlers["Create 'User'"] = async (req, { emit, logger, state, streams, traceId }) => {
  const name: string = req.body.name
  const age: number | undefined = req.body.age
  // @ts-expect-error no such property of the body
  req.body.email
  const page: string | string[] | undefined = req.queryParams.page
  logger.warn('Creating', { name, age, page, traceId })
  if (!name) return { status: 400, body: { error: 'Say a name' }, headers: { 'x-wrong': 'name' } }

  await emit({ topic: 'user.created', data: { id: 'u1', roles: ['admin', 'member'], manager: null, level: 3 } })
  await emit({ topic: 'user.billed', data: { id: 'u1', cents: 250 }, messageGroupId: 'u1' })
  await emit({ topic: 'user.created', data: { id: 'u1', roles: [], manager: 'u0', level: 1 }, messageGroupId: 'fair' })
  // @ts-expect-error a FIFO subscriber needs messageGroupId
  await emit({ topic: 'user.billed', data: { id: 'u1', cents: 250 } })
  // @ts-expect-error the topic is not among `emits`
  await emit({ topic: 'user.deleted', data: { id: 'u1' } })
  // @ts-expect-error the data is not what the subscriber wants
  await emit({ topic: 'user.created', data: { id: 5, roles: [], manager: null, level: 1 } })
  // @ts-expect-error not one of the roles
  await emit({ topic: 'user.created', data: { id: 'u1', roles: ['owner'], manager: null, level: 1 } })
  // @ts-expect-error a property is missing
  await emit({ topic: 'user.created', data: { id: 'u1', roles: [] } })

  const stored = await state.set<{ visits: number }>('visits', 'u1', { visits: 1 })
  const visits = await state.get<{ visits: number }>('visits', 'u1')
  // @ts-expect-error it may not be there
  visits.visits
  const all: { visits: number }[] = await state.getGroup<{ visits: number }>('visits')
  await state.delete('visits', 'u1')
  await state.clear('visits')
  logger.debug('Visits', { stored, all: all.length })

  const message = await streams.chat.set('room', 'm1', { text: 'Hello', at: null })
  const id: string = message.id
  const found = await streams.chat.get('room', 'm1')
  const text: string | undefined = found?.text
  for (const one of await streams.chat.getGroup('room')) logger.info(one.text, { id: one.id, id0: id, text })
  await streams.chat.send({ groupId: 'room' }, { type: 'typing', data: { userId: 'u1' } })
  await streams.chat.delete('room', 'm1')
  // @ts-expect-error not what the stream has
  await streams.chat.set('room', 'm1', { text: 5, at: null })
  // @ts-expect-error no such stream
  await streams.lobby.get('room', 'm1')

  return { status: 201, body: { id: 'u1' } }
}

// @ts-expect-error the body of a 201 has an id
export const wrongBody: Handlers["Create 'User'"] = async () => ({ status: 201, body: { error: 'no' } })

// @ts-expect-error no such status
export const wrongStatus: Handlers["Create 'User'"] = async () => ({ status: 202, body: { id: 'u1' } })

// @ts-expect-error no such Step
export type Unknown = Handlers['Create User']
