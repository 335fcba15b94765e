import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { type: 'api', name: 'Thing', method: 'GET', path: '/things/:id', emits: [] }

export const handler: Handlers['Thing'] = async (req) => ({
  status: 200,
  body: { language: 'TypeScript', id: req.pathParams.id },
})
