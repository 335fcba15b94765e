config = {
    "type": "cron",
    "name": "DailyReport",
    "description": "Adds up the day",
    "flows": ["orders"],
    "cron": "0 6 * * *",
    "emits": [],
}


async def handler(context):
    orders = await context.state.get_group("orders")
    report = {"orders": len(orders), "revenue": sum(order["total"] for order in orders)}
    await context.state.set("reports", "latest", report)
    context.logger.info("Report ready", report)
