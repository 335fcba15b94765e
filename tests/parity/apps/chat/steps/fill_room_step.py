config = {"type": "api", "name": "FillRoom", "method": "POST", "path": "/rooms/:room/fill", "emits": []}


async def handler(req, context):
    """As many messages as asked for, of so many characters."""
    for number in range(req["body"]["count"]):
        message = {"text": "x" * req["body"]["length"], "number": number}
        await context.streams.chat.set(req["pathParams"]["room"], f"{number:04}", message)
    return {"status": 201, "body": {"filled": req["body"]["count"]}}
