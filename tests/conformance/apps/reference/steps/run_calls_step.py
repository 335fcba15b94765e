from src.lib.calls import run

config = {"type": "event", "name": "RunCalls", "subscribes": ["run"], "emits": ["news", "run"]}


async def handler(input_data, context):
    results = await run(input_data["calls"], context)
    await context.state.set("ran", input_data["key"], {"results": results, "trace": context.trace_id})
    return {"status": 500, "body": "the return value of an event Step means nothing"}
