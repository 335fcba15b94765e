import type { ApiRouteConfig } from 'motia'
import { z } from 'zod'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'WithSchemas',
  path: '/schemas',
  method: 'POST',
  emits: [],
  bodySchema: z.object({ name: z.string() }),
  responseSchema: { 201: z.object({ id: z.string() }) },
  queryParams: [{ name: 'invite', description: 'Invite code' }, { name: 'page', description: 'Page' }],
}

export const handler = async (req: any) => ({ status: 201, body: { body: req.body, queryParams: req.queryParams } })
