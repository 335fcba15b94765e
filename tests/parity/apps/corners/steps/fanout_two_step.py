config = {"type": "event", "name": "fanout-two", "subscribes": ["work.fanout"], "emits": []}


async def handler(data, context):
    await context.state.set(f"fanout-{data['id']}", "two", {"by": "two", "data": data, "traceId": context.trace_id})
