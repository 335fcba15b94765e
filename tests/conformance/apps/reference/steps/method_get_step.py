config = {"type": "api", "name": "Method GET", "path": "/method", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "GET"}, "headers": {"X-Method": "GET"}}
