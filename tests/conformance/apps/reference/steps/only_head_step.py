config = {"type": "api", "name": "Only Head", "path": "/only-head", "method": "HEAD", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {}, "headers": {"X-Method": "HEAD"}}
