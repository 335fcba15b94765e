"""Live: one group an order, in it how far the kitchen and the payment are."""

config = {
    "name": "orderStatus",
    "schema": {
        "type": "object",
        "properties": {"status": {"type": "string"}},
        "required": ["status"],
    },
    "baseConfig": {"storageType": "default"},
}
