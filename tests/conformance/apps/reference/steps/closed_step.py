from src.lib.calls import run

config = {"type": "api", "name": "Closed", "path": "/closed", "method": "POST", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"results": await run(req["body"]["calls"], context), "trace": context.trace_id}}
