config = {"type": "api", "name": "Files", "path": "/files/*", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"route": "files", "pathParams": req["pathParams"]}}
