/** The rules for streams, asked by the WebSocket API's function. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Question } from '@motia/runtime/lambda/access.ts'
import { accessHandler } from '@motia/runtime/lambda/access.ts'

const FILE = 'steps/chat.stream.ts'
const DESCRIPTOR = { version: 1, steps: [], topics: {}, streams: ['chat'], guards: { chat: FILE } }

function join(stream: string, context: unknown): Question {
  return { kind: 'access', stream, data: { subscription: { groupId: 'lobby', id: 'm1' }, context } }
}

const connect: Question = { kind: 'authenticate', data: { headers: { authorization: 'A' }, url: '/?token=x' } }

function streams(canAccess: unknown) {
  return { [FILE]: { config: { name: 'chat', canAccess } } }
}

test('canAccess decides, with what authenticate returned', async () => {
  const asked: unknown[] = []
  const rule = async (...given: any[]) => (asked.push(given), given[1]?.user)
  const handler = accessHandler(streams(rule), DESCRIPTOR)
  assert.deepEqual(await handler(join('chat', { user: 'a' })), { value: true })
  assert.deepEqual(await handler(join('chat', null)), { value: false })
  assert.deepEqual(asked, [
    [{ groupId: 'lobby', id: 'm1' }, { user: 'a' }],
    [{ groupId: 'lobby', id: 'm1' }, null],
  ])
})

test('authenticate says who it is', async () => {
  const authenticate = ({ headers, url }: any) => ({ who: headers.authorization, url, none: undefined })
  const handler = accessHandler({}, DESCRIPTOR, { default: { streamAuth: { authenticate } } })
  assert.deepEqual(await handler(connect), { value: { who: 'A', url: '/?token=x' } })
})

test('without authenticate everybody may connect', async () => {
  assert.deepEqual(await accessHandler({}, DESCRIPTOR, { default: {} })(connect), { value: null })
  assert.deepEqual(await accessHandler({}, DESCRIPTOR)(connect), { value: null })
})

test('a rule that throws is an answer', async () => {
  const rule = () => {
    throw new RangeError('no seat left')
  }
  const answer: any = await accessHandler(streams(rule), DESCRIPTOR)(join('chat', null))
  assert.deepEqual([answer.error.type, answer.error.message], ['RangeError', 'no seat left'])
  assert.match(answer.error.stack, /access\.test/)
})

test('a stream file that cannot be imported is a StepLoadError, until it can', async () => {
  let broken = true
  const load = async () => {
    if (broken) throw new Error('odd')
    return { config: { canAccess: () => true } }
  }
  const handler = accessHandler({ [FILE]: load }, DESCRIPTOR)
  const answer: any = await handler(join('chat', null))
  assert.equal(answer.error.type, 'StepLoadError')
  assert.match(answer.error.message, /odd; in steps\/chat\.stream\.ts/)
  broken = false
  assert.deepEqual(await handler(join('chat', null)), { value: true })
})

for (const [what, modules, stream] of [
  ['a stream it does not know', streams(() => true), 'other'],
  ['a name of Object.prototype', streams(() => true), 'constructor'],
  ['a file that is not in the bundle', {}, 'chat'],
  ['a canAccess that is no function', streams('yes'), 'chat'],
] as const) {
  test(`${what} is refused`, async () => {
    const answer: any = await accessHandler(modules, DESCRIPTOR)(join(stream, null))
    assert.equal(answer.error.type, 'StepLoadError')
  })
}
