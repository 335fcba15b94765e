config = {"type": "api", "name": "PutMessage", "method": "PUT", "path": "/rooms/:room/messages/:id", "emits": []}


async def handler(req, context):
    room, id = req["pathParams"]["room"], req["pathParams"]["id"]
    return {"status": 200, "body": await context.streams.chat.set(room, id, req["body"])}
