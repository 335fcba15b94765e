import type { ApiRouteConfig } from 'motia'

export const config: ApiRouteConfig = { type: 'api', name: 'Kinds', path: '/kinds/:kind', method: 'GET', emits: [] }

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

const KINDS: Record<string, unknown> = {
  text: { status: 200, body: '<b>hello</b>' },
  bytes: { status: 200, body: everyByte, headers: { 'content-type': 'image/x-test' } },
  null: { status: 200, body: null },
  list: { status: 201, body: [1, 2.5, 'drei', null, true] },
  none: { status: 204 },
  cookies: { status: 200, body: {}, headers: { 'Set-Cookie': ['a=1', 'b=2'], 'X-Number': 5 } },
  date: { status: 200, body: { at: new Date(Date.UTC(2026, 0, 2)) } },
  nothing: undefined,
  statusless: { body: 1 },
  nan: { status: 200, body: { value: NaN } },
  teapot: { status: '418', body: { error: 'short and stout' }, headers: { 'Access-Control-Allow-Origin': 'x' } },
}

export const handler = (req: { pathParams: { kind: string } }): unknown => {
  const { kind } = req.pathParams
  if (kind === 'raise') throw new Error('a secret of the inside')
  if (kind === 'exit') process.exit(3)
  return KINDS[kind]
}
