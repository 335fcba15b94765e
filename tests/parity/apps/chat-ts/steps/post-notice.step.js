export const config = { type: 'api', name: 'PostNotice', method: 'POST', path: '/notices/:id', emits: [] }

export const handler = async (req, { streams }) => ({
  status: 201,
  body: await streams.notices.set('all', req.pathParams.id, req.body),
})
