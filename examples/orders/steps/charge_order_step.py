config = {
    "type": "event",
    "name": "ChargeOrder",
    "description": "Charges a customer's orders one after another, different customers in parallel",
    "flows": ["orders"],
    "subscribes": ["order.charge"],
    "input": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "customer": {"type": "string"}, "amount": {"type": "integer"}},
        "required": ["id", "customer", "amount"],
    },
    "emits": [],
    "infrastructure": {
        "handler": {"ram": 256, "timeout": 15},
        "queue": {"type": "fifo", "maxRetries": 3, "visibilityTimeout": 45},
    },
}


async def handler(input_data, context):
    account = await context.state.get("accounts", input_data["customer"]) or {"spent": 0, "orders": 0}
    account = {"spent": account["spent"] + input_data["amount"], "orders": account["orders"] + 1}
    await context.state.set("accounts", input_data["customer"], account)
    await context.state.set("payments", input_data["id"], {"amount": input_data["amount"], "number": account["orders"]})
    await context.streams.orderStatus.set(input_data["id"], "payment", {"status": "charged"})
    context.logger.info("Order charged", {"order_id": input_data["id"], "spent": account["spent"]})
