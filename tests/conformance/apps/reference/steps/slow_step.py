import asyncio
import time

config = {
    "type": "event",
    "name": "Slow",
    "subscribes": ["slow"],
    "emits": [],
    "infrastructure": {
        "handler": {"ram": 128, "timeout": 1},
        "queue": {"type": "standard", "maxRetries": 1, "visibilityTimeout": 4},
    },
}


async def handler(data, context):
    made = await context.state.get("attempts", data["id"]) or []
    await context.state.set("attempts", data["id"], [*made, time.time()])
    if not made:
        await asyncio.sleep(30)
    await context.state.set("slow", data["id"], "ended")
