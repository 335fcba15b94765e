exports.config = { type: 'api', name: 'KindsStatic', path: '/kinds/static', method: 'GET', emits: [] }

exports.handler = async () => ({ status: 200, body: { route: 'static' } })
