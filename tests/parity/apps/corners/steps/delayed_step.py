import time

config = {
    "type": "event",
    "name": "delayed",
    "subscribes": ["work.delayed"],
    "emits": [],
    "infrastructure": {"queue": {"type": "standard", "maxRetries": 0, "visibilityTimeout": 40, "delaySeconds": 2}},
}


async def handler(data, context):
    await context.state.set("delays", data["id"], time.time() - data["sent"])
