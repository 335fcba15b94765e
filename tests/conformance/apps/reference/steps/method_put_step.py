config = {"type": "api", "name": "Method PUT", "path": "/method", "method": "PUT", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "PUT"}, "headers": {"X-Method": "PUT"}}
