import time

config = {
    "type": "event",
    "name": "Retried",
    "subscribes": ["retried"],
    "emits": [],
    "infrastructure": {
        "handler": {"ram": 128, "timeout": 10},
        "queue": {"type": "standard", "maxRetries": 2, "visibilityTimeout": 30},
    },
}


async def handler(data, context):
    made = await context.state.get("attempts", data["id"]) or []
    made.append({"at": time.time(), "trace": context.trace_id})
    await context.state.set("attempts", data["id"], made)
    if len(made) <= data["failures"]:
        raise RuntimeError(f"attempt {len(made)} fails")
