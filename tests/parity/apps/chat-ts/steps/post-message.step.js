import { randomUUID } from 'node:crypto'

export const config = {
  type: 'api',
  name: 'PostMessage',
  method: 'POST',
  path: '/rooms/:room/messages',
  emits: [],
}

export const handler = async (req, { streams }) => {
  const message = await streams.chat.set(req.pathParams.room, randomUUID(), req.body)
  return { status: 201, body: message }
}
