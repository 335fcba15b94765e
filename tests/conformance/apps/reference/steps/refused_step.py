config = {
    "type": "event",
    "name": "Refused",
    "subscribes": ["refused"],
    "emits": [],
    "infrastructure": {"queue": {"type": "standard", "maxRetries": 0, "visibilityTimeout": 60}},
}


async def handler(data, context):
    made = await context.state.get("attempts", data["id"]) or 0
    await context.state.set("attempts", data["id"], made + 1)
    raise SystemExit(3) if data.get("exit") else ValueError("never works")
