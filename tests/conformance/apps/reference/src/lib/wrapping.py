"""Middleware that does what the query of the request says."""


async def first(req, context, next_fn):
    return await _step("first", req, context, next_fn)


async def second(req, context, next_fn):
    return await _step("second", req, context, next_fn)


def plain(req, context, next_fn):
    req["passed"].append("plain")
    return next_fn()


async def _step(name, req, context, next_fn):
    query = req.get("queryParams", {})
    req.setdefault("passed", []).append(name)
    if query.get("stop") == name:
        return {"status": 401, "body": {"error": "Unauthorized", "passed": req["passed"]}}
    if query.get("raise") == name:
        raise RuntimeError("a middleware failed")
    if query.get("catch") == name:
        try:
            return await next_fn()
        except Exception as error:
            return {"status": 503, "body": {"caught": str(error)}}
    if query.get("state"):
        await context.state.set("middleware", f"{query['state']}-{name}", context.trace_id)
    if query.get("attach") == name:
        req["user"] = {"name": "Ada"}
        context.tenant = "acme"
    if query.get("replace") == name:
        return await next_fn({**req, "body": {"replaced": True}})
    if query.get("nothing") == name:
        return None
    response = await next_fn()
    if query.get("after"):
        response["body"].setdefault("after", []).append(name)
        response.setdefault("headers", {})["X-After"] = name
    return response
