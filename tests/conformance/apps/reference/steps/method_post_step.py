config = {"type": "api", "name": "Method POST", "path": "/method", "method": "POST", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "POST"}, "headers": {"X-Method": "POST"}}
