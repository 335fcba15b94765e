config = {"type": "api", "name": "DeleteMessage", "method": "DELETE", "path": "/rooms/:room/messages/:id", "emits": []}


async def handler(req, context):
    deleted = await context.streams.chat.delete(req["pathParams"]["room"], req["pathParams"]["id"])
    return {"status": 200 if deleted else 404, "body": deleted}
