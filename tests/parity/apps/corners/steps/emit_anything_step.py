TOPICS = ["work.flaky", "work.doomed", "work.ordered", "work.delayed", "work.fanout", "work.chain", "work.nobody"]

config = {"type": "api", "name": "Emit Anything", "path": "/emit/:topic", "method": "POST", "emits": TOPICS}


async def handler(req, context):
    event = {"topic": req["pathParams"]["topic"], "data": req["body"]["data"]}
    if "group" in req["body"]:
        event["messageGroupId"] = req["body"]["group"]
    try:
        await context.emit(event)
    except Exception as refused:
        return {"status": 422, "body": {"error": str(refused), "type": type(refused).__name__}}
    return {"status": 202, "body": {"traceId": context.trace_id}}
