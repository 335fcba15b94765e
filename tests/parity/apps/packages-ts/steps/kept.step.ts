import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { type: 'api', name: 'Kept', path: '/kept/:id', method: 'GET', emits: [] }

export const handler: Handlers['Kept'] = async (req, { state }) => ({
  status: 200,
  body: { lines: await state.get('receipts', req.pathParams.id ?? '') },
})
