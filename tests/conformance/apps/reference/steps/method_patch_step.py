config = {"type": "api", "name": "Method PATCH", "path": "/method", "method": "PATCH", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "PATCH"}, "headers": {"X-Method": "PATCH"}}
