exports.config = { type: 'event', name: 'News Archive (2)', subscribes: ['news', 'labelled'], emits: [] }

exports.handler = async (data, { state, traceId, flows }) => {
  await state.set(`heard-${data.id}`, 'News Archive (2)', { by: 'News Archive (2)', data, trace: traceId, flows })
}
