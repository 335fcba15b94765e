config = {"type": "api", "name": "Only Options", "path": "/only-options", "method": "OPTIONS", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"method": "OPTIONS"}, "headers": {"X-Method": "OPTIONS"}}
