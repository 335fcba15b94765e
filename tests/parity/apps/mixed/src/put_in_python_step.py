config = {"type": "api", "name": "PutInPython", "method": "PUT", "path": "/python/:stream/:group/:id", "emits": []}


async def handler(req, context):
    stream, group, id = (req["pathParams"][name] for name in ("stream", "group", "id"))
    return {"status": 200, "body": await context.streams[stream].set(group, id, {**req["body"], "by": "Python"})}
