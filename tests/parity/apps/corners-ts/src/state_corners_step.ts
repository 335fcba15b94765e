import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'StateCorners',
  path: '/state-corners',
  method: 'POST',
  emits: [],
}

async function attempt(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call
  } catch (refused) {
    return `${(refused as Error).name}: ${(refused as Error).message}`
  }
}

export const handler: Handlers['StateCorners'] = async (req, { state }) => {
  const group = req.body.group as string
  const answers: Record<string, unknown> = {}
  const falsy: unknown[] = []
  answers.missing = await state.get(group, 'missing')
  answers.set = await state.set(group, 'b', { n: 1 })
  for (const [i, value] of [0, '', false, null, []].entries()) falsy.push(await state.set(group, `f${i}`, value))
  answers.falsy = falsy
  answers['read falsy'] = await Promise.all([0, 1, 2, 3, 4].map((i) => state.get(group, `f${i}`)))
  answers.unicode = await state.set(group, 'clé / ключ', { ü: '😀', big: Number.MAX_SAFE_INTEGER, float: 0.1 })
  answers.delete = [await state.delete(group, 'b'), await state.delete(group, 'b')]
  for (const key of ['c', 'a', 'b']) await state.set(`${group}-order`, key, key)
  answers.group = await state.getGroup(`${group}-order`)
  answers.prefix = await state.getGroup(`${group}-ord`)
  await state.set(group, 'large', 'x'.repeat(600_000))
  answers.large = (await state.get<string>(group, 'large'))?.length
  await state.clear(`${group}-order`)
  answers.cleared = await state.getGroup(`${group}-order`)
  answers['empty key'] = await attempt(state.set(group, '', 1))
  answers['empty group'] = await attempt(state.get('', 'a'))
  answers['number key'] = await attempt(state.get(group, 5 as unknown as string))
  answers['long key'] = await attempt(state.set(group, 'k'.repeat(2000), 1))
  answers.nan = await attempt(state.set(group, 'nan', { a: [1, NaN] }))
  return { status: 200, body: answers }
}
