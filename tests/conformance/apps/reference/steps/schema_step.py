config = {
    "type": "api",
    "name": "WithSchemas",
    "path": "/schemas",
    "method": "POST",
    "emits": [],
    "bodySchema": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "responseSchema": {201: {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}},
    "queryParams": [{"name": "invite", "description": "Invite code"}, {"name": "page"}],
}


async def handler(req, context):
    return {"status": 201, "body": {"body": req["body"], "queryParams": req["queryParams"]}}
