const config = { type: 'api', name: 'Files', path: '/files/*', method: 'GET', emits: [] }

const handler = async (req) => ({ status: 200, body: { route: 'files', pathParams: req.pathParams } })

module.exports = { config, handler }
