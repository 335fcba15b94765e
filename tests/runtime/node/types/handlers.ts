/** Handlers are checked against the schemas and topics of their project. */

import type { ApiMiddleware, ApiRequest, FlowContext, Handlers } from 'motia'

export const create: Handlers['CreateUser'] = async (req, { emit, logger, state, streams, traceId, flows }) => {
  const { name, age } = req.body
  logger.info('Creating', { name, age, traceId, flow: flows[0] })
  await emit({ topic: 'user.created', data: { id: name } })
  await emit({ topic: 'fifo.t', data: [{ a: name }], messageGroupId: name })
  // @ts-expect-error a FIFO topic needs a messageGroupId
  await emit({ topic: 'fifo.t', data: [{ a: name }] })
  // @ts-expect-error not a topic of the Step
  await emit({ topic: 'user.removed', data: {} })
  // @ts-expect-error not the data of the topic
  await emit({ topic: 'user.created', data: { id: 5 } })
  // @ts-expect-error not in the body
  void req.body.email

  const stored = await state.set('users', name, { name })
  const known = await state.get<{ name: string }>('users', name)
  const text: string | undefined = known?.name
  const old = await state.getGroup('users')
  for (const user of old) logger.debug(user.name, { text, stored: stored.name })
  await state.delete('users', name)
  await state.clear('users')

  const item = await streams.chatMessages.set('room', 'id', { text: 'hello', author: name })
  const id: string = item.id
  // @ts-expect-error not the data of the stream
  await streams.chatMessages.set('room', 'id', { text: 5, author: name })
  // @ts-expect-error not a stream of the project
  void streams.other
  const all: { text: string; id: string }[] = await streams.chatMessages.getGroup('room')
  await streams.chatMessages.send({ groupId: 'room' }, { type: 'typing', data: { id, all } })
  const removed = await streams.chatMessages.delete('room', 'id')
  // @ts-expect-error there may be none
  void removed.text

  if (age === 0) return { status: 400, body: { error: 'no' } }
  if (age === 1) return { status: 204 }
  return { status: 201, body: { id, kind: 'a' }, headers: { 'X-Request-ID': traceId, 'Set-Cookie': ['a=1', 'b=2'] } }
}

// @ts-expect-error a status without its body
export const wrong: Handlers['CreateUser'] = async () => ({ status: 201 })

// @ts-expect-error not a status of the Step
export const unknown: Handlers['CreateUser'] = async () => ({ status: 404, body: { error: '' } })

export const sync: Handlers['CreateUser'] = () => ({ status: 400, body: { error: 'no' } })

export const anything: Handlers['Anything'] = async (req) => {
  const page = req.queryParams.page
  const first: string | undefined = Array.isArray(page) ? page[0] : page
  const user = req.pathParams.id
  const raw = Buffer.from(req.rawBody).length
  return { status: 200, body: { first, user, raw, agent: req.headers['user-agent'], body: req.body.x } }
}

export const process: Handlers['ProcessUser'] = async (input, ctx) => {
  const { id, opt } = input
  ctx.logger.info(id, { opt })
  // @ts-expect-error the Step emits nothing
  await ctx.emit({ topic: 'user.created', data: { id } })
}

export const noInput: Handlers['NoInput'] = async (_, { logger }) => logger.info('ran')
export const nightly: Handlers['Nightly'] = async ({ emit }) => emit({ topic: 'user.created', data: { id: '1' } })
export const named: Handlers["It's"] = () => {}

export const auth: ApiMiddleware = async (req, ctx, next) => {
  const token = req.headers.authorization
  if (!token) return { status: 401, body: { error: 'Unauthorized' } }
  const response = await next()
  ctx.logger.info('answered', { status: response.status })
  return { ...response, headers: { ...response.headers, 'x-checked': true } }
}

export const typed: ApiMiddleware<{ name: string }, { topic: 'a'; data: string }, { ok: boolean }> = async (
  req,
  ctx,
  next,
) => {
  await ctx.emit({ topic: 'a', data: req.body.name })
  return next()
}

/** A helper that takes a request and a context of any Step. */
export function helper(req: ApiRequest<{ name: string }>, ctx: FlowContext): string {
  return `${req.body.name} ${ctx.traceId}`
}
