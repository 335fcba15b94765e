import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'EmitMany',
  path: '/emit-many',
  method: 'POST',
  emits: ['work.ordered'],
}

export const handler: Handlers['EmitMany'] = async (req, { emit }) => {
  const messages = req.body.messages as { group: string; n: number }[]
  for (let start = 0; start < messages.length; start += 25) {
    const some = messages.slice(start, start + 25)
    await Promise.all(some.map((data) => emit({ topic: 'work.ordered', data, messageGroupId: data.group })))
  }
  return { status: 202, body: { sent: messages.length } }
}
