async def outer(req, context, next_fn):
    req["seen"] = ["outer"]
    response = await next_fn()
    response["body"]["after"] = [*response["body"].get("after", []), "outer"]
    return response


async def inner(req, context, next_fn):
    req["seen"].append("inner")
    if req["queryParams"].get("stop"):
        return {"status": 403, "body": {"stopped": True}}
    response = await next_fn()
    response["body"]["after"] = ["inner"]
    return response


config = {
    "type": "api",
    "name": "Wrapped",
    "path": "/wrapped",
    "method": "GET",
    "emits": [],
    "middleware": [outer, inner],
}


async def handler(req, context):
    return {"status": 200, "body": {"seen": req["seen"]}}
