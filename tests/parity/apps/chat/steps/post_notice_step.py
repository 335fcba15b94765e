config = {"type": "api", "name": "PostNotice", "method": "POST", "path": "/notices/:id", "emits": []}


async def handler(req, context):
    return {"status": 201, "body": await context.streams.notices.set("all", req["pathParams"]["id"], req["body"])}
