import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'FillRoom',
  method: 'POST',
  path: '/rooms/:room/fill',
  emits: [],
}

/** As many messages as asked for, of so many characters. */
export const handler: Handlers['FillRoom'] = async (req, { streams }) => {
  const { count, length } = req.body as { count: number; length: number }
  for (let number = 0; number < count; number += 1) {
    const message = { text: 'x'.repeat(length), number }
    await streams.chat.set(req.pathParams.room ?? '', String(number).padStart(4, '0'), message)
  }
  return { status: 201, body: { filled: count } }
}
