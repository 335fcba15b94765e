export const config = {
  type: 'event',
  name: 'NewsReader',
  subscribes: ['news', 'other.news'],
  emits: [],
  flows: ['reading'],
}

export const handler = async (data: any, { state, traceId, flows }: any) => {
  await state.set(`heard-${data.id}`, 'NewsReader', { by: 'NewsReader', data, trace: traceId, flows })
}
