const config = { type: 'event', name: 'fanout-two', subscribes: ['work.fanout'], emits: [] }

async function handler(data, context) {
  await context.state.set(`fanout-${data.id}`, 'two', { by: 'two', data, traceId: context.traceId })
}

export default { config, handler }
