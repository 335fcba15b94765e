import asyncio

config = {
    "type": "event",
    "name": "InOrder",
    "subscribes": ["ordered"],
    "emits": [],
    "infrastructure": {
        "handler": {"ram": 256, "timeout": 20},
        "queue": {"type": "fifo", "maxRetries": 2, "visibilityTimeout": 60},
    },
}


async def handler(data, context):
    """A message with `after` ends only when the other group has done its one: both have to run beside each other."""
    if "after" in data:
        for _ in range(100):
            if await context.state.get("order", data["after"]):
                break
            await asyncio.sleep(0.1)
        else:
            raise TimeoutError("the other group did not run")
    if data.get("fails") and not await context.state.get("order-failed", data["group"]):
        await context.state.set("order-failed", data["group"], True)
        raise RuntimeError("the first attempt fails")
    seen = await context.state.get("order", data["group"]) or []
    await context.state.set("order", data["group"], [*seen, data["n"]])
