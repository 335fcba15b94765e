KEPT = []

config = {"type": "event", "name": "DataOnly", "subscribes": ["data-only"], "emits": []}


async def handler(data, context=None):
    KEPT.append(data["id"])
    await context.state.set("data-only", data["id"], len(KEPT))
