config = {
    "type": "event",
    "name": "ordered",
    "subscribes": ["work.ordered"],
    "emits": [],
    "infrastructure": {
        "handler": {"ram": 256, "timeout": 10},
        "queue": {"type": "fifo", "maxRetries": 2, "visibilityTimeout": 30},
    },
}


async def handler(data, context):
    seen = await context.state.get("order", data["group"]) or []
    seen.append(data["n"])
    await context.state.set("order", data["group"], seen)
