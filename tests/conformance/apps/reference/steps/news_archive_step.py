config = {"type": "event", "name": "News Archive (2)", "subscribes": ["news", "labelled"], "emits": []}


async def handler(data, context):
    heard = {"by": "News Archive (2)", "data": data, "trace": context.trace_id, "flows": context.flows}
    await context.state.set(f"heard-{data['id']}", "News Archive (2)", heard)
