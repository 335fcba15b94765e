import type { ApiRouteConfig, Handlers } from 'motia'

const TOPICS = ['work.flaky', 'work.doomed', 'work.ordered', 'work.delayed', 'work.fanout', 'work.chain', 'work.nobody']

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Emit Anything',
  path: '/emit/:topic',
  method: 'POST',
  emits: TOPICS,
}

type Emit = (event: { topic: string; data: unknown; messageGroupId?: string }) => Promise<void>

export const handler: Handlers['Emit Anything'] = async (req, context) => {
  const { data, group } = req.body as { data: unknown; group?: string }
  const emit = context.emit as Emit
  try {
    await emit({ topic: req.pathParams.topic ?? '', data, ...(group === undefined ? {} : { messageGroupId: group }) })
  } catch (refused) {
    const { name, message } = refused as Error
    return { status: 422, body: { error: message, type: name } }
  }
  return { status: 202, body: { traceId: context.traceId } }
}
