from src.lib.wrapping import first, plain, second

config = {
    "type": "api",
    "name": "Guarded",
    "path": "/guarded",
    "method": "POST",
    "emits": [],
    "middleware": [first, second, plain],
}


async def handler(req, context):
    if req["queryParams"].get("raise") == "handler":
        raise RuntimeError("the handler failed")
    body = {"passed": [*req["passed"], "handler"], "user": req.get("user"), "tenant": getattr(context, "tenant", None)}
    return {"status": 200, "body": {**body, "body": req["body"], "trace": context.trace_id}}
