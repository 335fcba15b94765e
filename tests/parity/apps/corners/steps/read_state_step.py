config = {"type": "api", "name": "ReadState", "path": "/state/:group", "method": "GET", "emits": []}


async def handler(req, context):
    group, key = req["pathParams"]["group"], req["queryParams"].get("key")
    value = await context.state.get(group, key) if key else await context.state.get_group(group)
    return {"status": 200, "body": {"value": value}}
