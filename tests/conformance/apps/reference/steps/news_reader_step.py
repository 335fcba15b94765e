config = {
    "type": "event",
    "name": "NewsReader",
    "subscribes": ["news", "other.news"],
    "emits": [],
    "flows": ["reading"],
}


async def handler(data, context):
    heard = {"by": "NewsReader", "data": data, "trace": context.trace_id, "flows": context.flows}
    await context.state.set(f"heard-{data['id']}", "NewsReader", heard)
