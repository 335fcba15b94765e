config = {"type": "api", "name": "Method DELETE", "path": "/method", "method": "DELETE", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "DELETE"}, "headers": {"X-Method": "DELETE"}}
