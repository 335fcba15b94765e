config = {
    "name": "chatMessages",
    "schema": {
        "type": "object",
        "properties": {"text": {"type": "string"}, "author": {"type": "string"}},
        "required": ["text", "author"],
    },
    "baseConfig": {"storageType": "default"},
}
