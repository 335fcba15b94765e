config = {"type": "api", "name": "KindsStatic", "path": "/kinds/static", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"route": "static"}}
