config = {
    "type": "api",
    "name": "GetOrder",
    "flows": ["orders"],
    "path": "/orders/:id",
    "method": "GET",
    "emits": [],
}


async def handler(req, context):
    order_id = req["pathParams"]["id"]
    order = await context.state.get("orders", order_id)
    if order is None:
        return {"status": 404, "body": {"error": f"There is no order {order_id}"}}
    return {
        "status": 200,
        "body": {
            **order,
            "receipt": await context.state.get("receipts", order_id),
            "payment": await context.state.get("payments", order_id),
        },
    }
