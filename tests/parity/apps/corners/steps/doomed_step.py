from src.lib.attempts import count

config = {
    "type": "event",
    "name": "doomed / überall",
    "subscribes": ["work.doomed"],
    "emits": [],
    "infrastructure": {"queue": {"type": "standard", "maxRetries": 1, "visibilityTimeout": 40}},
}


async def handler(data, context):
    await count(context, data["id"])
    raise ValueError("never works")
