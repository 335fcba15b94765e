config = {"type": "api", "name": "Echo", "path": "/echo/:id/*", "method": "POST", "emits": []}


async def handler(req, context):
    body = req["body"]
    return {
        "status": 200,
        "body": {
            "body": body.hex() if isinstance(body, bytes) else body,
            "kind": type(body).__name__,
            "pathParams": req["pathParams"],
            "queryParams": req["queryParams"],
            "headers": {name: value for name, value in req["headers"].items() if name.startswith("x-my")},
        },
    }
