"""Every ordering request names its customer."""


async def known_customer(req, context, next_fn):
    customer = req["headers"].get("x-customer")
    if not customer:
        return {"status": 401, "body": {"error": "Say who you are in the x-customer header"}}
    req["customer"] = customer
    response = await next_fn()
    response.setdefault("headers", {})["x-trace-id"] = context.trace_id
    return response
