from src.lib.attempts import count

config = {
    "type": "event",
    "name": "flaky",
    "subscribes": ["work.flaky"],
    "emits": [],
    "infrastructure": {"queue": {"type": "standard", "maxRetries": 3, "visibilityTimeout": 40}},
}


async def handler(data, context):
    made = await count(context, data["id"])
    if made <= data["failures"]:
        raise RuntimeError(f"attempt {made} of {data['id']}")
    await context.state.set("done", data["id"], {"attempts": made, "traceId": context.trace_id})
