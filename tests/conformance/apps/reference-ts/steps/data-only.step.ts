const kept: string[] = []

export const config = { type: 'event', name: 'DataOnly', subscribes: ['data-only'], emits: [] }

export const handler = async (data: any, ctx?: any) => {
  kept.push(data.id)
  await ctx.state.set('data-only', data.id, kept.length)
}
