config = {"type": "api", "name": "Item", "path": "/items/:id", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"route": "item", "id": req["pathParams"]["id"]}}
