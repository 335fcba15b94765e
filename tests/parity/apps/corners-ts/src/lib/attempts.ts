import type { FlowContext } from 'motia'

/** One more attempt under this name; how many there were. */
export async function count(context: Pick<FlowContext, 'state'>, name: string): Promise<number> {
  const made = ((await context.state.get<number>('attempts', name)) ?? 0) + 1
  await context.state.set('attempts', name, made)
  return made
}
