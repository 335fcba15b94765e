config = {"type": "event", "name": "fanout-one", "subscribes": ["work.fanout"], "emits": []}


async def handler(data, context):
    await context.state.set(f"fanout-{data['id']}", "one", {"by": "one", "data": data, "traceId": context.trace_id})
