import uuid

config = {"type": "api", "name": "PostMessage", "method": "POST", "path": "/rooms/:room/messages", "emits": []}


async def handler(req, context):
    message = await context.streams.chat.set(req["pathParams"]["room"], str(uuid.uuid4()), req["body"])
    return {"status": 201, "body": message}
