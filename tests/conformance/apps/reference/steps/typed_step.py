import json

config = {
    "type": "event",
    "name": "Typed",
    "subscribes": ["typed"],
    "input": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}, "required": ["n"]},
    "emits": [],
}


def handler(data, context):
    where = data["id"] if isinstance(data, dict) else json.dumps(data, separators=(",", ":"))
    context.state.set("typed", where, {"data": data, "kind": type(data).__name__})
