config = {"type": "api", "name": "StaticThing", "method": "GET", "path": "/things/static", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"language": "Python"}}
