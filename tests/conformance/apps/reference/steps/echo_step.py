config = {"type": "api", "name": "Echo", "path": "/echo/:id/:extra?", "method": "POST", "emits": []}


def shown(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else value


async def handler(req, context):
    body = req.get("body", {})
    return {
        "status": 200,
        "body": {
            "keys": list(req),
            "body": shown(body),
            "kind": type(body).__name__,
            "rawBody": shown(req["rawBody"]),
            "pathParams": req.get("pathParams", {}),
            "queryParams": req.get("queryParams", {}),
            "headers": req.get("headers", {}),
            "kinds": {key: isinstance(req[key], dict) for key in ("pathParams", "queryParams", "headers")},
            "attribute": req.pathParams["id"],
        },
    }
