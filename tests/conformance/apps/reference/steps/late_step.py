import time

config = {
    "type": "event",
    "name": "Late",
    "subscribes": ["late"],
    "emits": [],
    "infrastructure": {"queue": {"type": "standard", "maxRetries": 0, "visibilityTimeout": 60, "delaySeconds": 2}},
}


async def handler(data, context):
    await context.state.set("late", data["id"], time.time() - data["sent"])
