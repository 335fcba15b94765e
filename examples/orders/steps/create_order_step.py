import uuid

from src.catalog import total, unknown
from src.middleware import known_customer

config = {
    "type": "api",
    "name": "CreateOrder",
    "description": "Takes an order and starts the kitchen and the payment",
    "flows": ["orders"],
    "path": "/orders",
    "method": "POST",
    "emits": ["order.created", {"topic": "order.charge", "label": "one customer at a time"}],
    "middleware": [known_customer],
    "bodySchema": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "string"}}},
        "required": ["items"],
    },
    "responseSchema": {
        202: {"type": "object", "properties": {"id": {"type": "string"}, "total": {"type": "integer"}}},
        400: {"type": "object", "properties": {"error": {"type": "string"}}},
    },
}


async def handler(req, context):
    items = req["body"].get("items", [])
    if not items or unknown(items):
        return {"status": 400, "body": {"error": f"Order something from the menu, not {unknown(items) or 'nothing'}"}}

    order = {
        "id": str(uuid.uuid4()),
        "customer": req["customer"],
        "items": items,
        "total": total(items),
        "status": "received",
    }
    await context.state.set("orders", order["id"], order)
    await context.emit({"topic": "order.created", "data": {"id": order["id"]}})
    await context.emit(
        {
            "topic": "order.charge",
            "data": {"id": order["id"], "customer": order["customer"], "amount": order["total"]},
            "messageGroupId": order["customer"],
        }
    )
    context.logger.info("Order received", {"order_id": order["id"], "total": order["total"]})
    return {"status": 202, "body": {"id": order["id"], "total": order["total"]}}
