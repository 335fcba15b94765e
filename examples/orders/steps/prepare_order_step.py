from pathlib import Path
from string import Template

from pydantic import BaseModel

RECEIPT = Path(__file__).parent.parent / "templates" / "receipt.txt"


class OrderCreated(BaseModel):
    id: str


config = {
    "type": "event",
    "name": "PrepareOrder",
    "description": "Writes the receipt; any number of orders at a time",
    "flows": ["orders"],
    "subscribes": ["order.created"],
    "input": OrderCreated.model_json_schema(),
    "emits": [],
    "includeFiles": ["../templates/receipt.txt"],
    "infrastructure": {
        "handler": {"ram": 512, "timeout": 20},
        "queue": {"type": "standard", "maxRetries": 2, "visibilityTimeout": 60},
    },
}


async def handler(input_data, context):
    event = OrderCreated.model_validate(input_data)
    order = await context.state.get("orders", event.id)
    receipt = Template(RECEIPT.read_text()).substitute(
        id=order["id"], customer=order["customer"], items=", ".join(order["items"]), total=f"{order['total'] / 100:.2f}"
    )
    await context.state.set("receipts", event.id, receipt)
    await context.streams.orderStatus.set(event.id, "kitchen", {"status": "receipt written"})
    context.logger.info("Receipt written", {"order_id": event.id})
