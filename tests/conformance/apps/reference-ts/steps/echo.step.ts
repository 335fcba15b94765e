import { kind } from '@lib/calls'

export const config = { type: 'api', name: 'Echo', path: '/echo/:id/:extra?', method: 'POST', emits: [] }

const shown = (value: unknown) => (Buffer.isBuffer(value) ? { hex: value.toString('hex') } : value)

export const handler = async (req: any) => ({
  status: 200,
  body: {
    keys: Object.keys(req),
    body: shown(req.body),
    kind: kind(req.body),
    rawBody: shown(req.rawBody),
    pathParams: req.pathParams,
    queryParams: req.queryParams,
    headers: req.headers,
    kinds: Object.fromEntries(['pathParams', 'queryParams', 'headers'].map((key) => [key, kind(req[key]) === 'dict'])),
    attribute: req['pathParams'].id,
  },
})
