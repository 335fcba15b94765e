config = {"type": "api", "name": "Special Item", "path": "/items/special", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"route": "special"}}
