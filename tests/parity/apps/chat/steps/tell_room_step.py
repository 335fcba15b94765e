config = {"type": "api", "name": "TellRoom", "method": "POST", "path": "/rooms/:room/events/:id?", "emits": []}


async def handler(req, context):
    channel = {"groupId": req["pathParams"]["room"]}
    if "id" in req["pathParams"]:
        channel["id"] = req["pathParams"]["id"]
    await context.streams.chat.send(channel, req["body"])
    return {"status": 202, "body": None}
