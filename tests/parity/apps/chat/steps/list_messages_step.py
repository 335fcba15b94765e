config = {"type": "api", "name": "ListMessages", "method": "GET", "path": "/rooms/:room/messages", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": await context.streams.chat.getGroup(req["pathParams"]["room"])}
