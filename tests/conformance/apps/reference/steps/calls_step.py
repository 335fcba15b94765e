from src.lib.calls import run

TOPICS = ["run", "news", "other.news", "ordered", "retried", "refused", "late", "slow", "typed", "data-only", "nobody"]

config = {
    "type": "api",
    "name": "Calls",
    "description": "Makes the calls that the request asks for",
    "flows": ["reference", "second flow"],
    "path": "/calls",
    "method": "POST",
    "emits": [*TOPICS, {"topic": "labelled", "label": "Auto-approved", "conditional": True}],
    "virtualEmits": ["notification.sent", {"topic": "sms.sent", "label": "maybe"}],
    "virtualSubscribes": ["user.invited"],
}


async def handler(req, context):
    return {"status": 200, "body": {"results": await run(req["body"]["calls"], context), "trace": context.trace_id}}
