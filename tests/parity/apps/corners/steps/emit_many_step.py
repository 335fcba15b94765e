import asyncio

config = {"type": "api", "name": "EmitMany", "path": "/emit-many", "method": "POST", "emits": ["work.ordered"]}


async def handler(req, context):
    messages = req["body"]["messages"]
    for start in range(0, len(messages), 25):
        await asyncio.gather(
            *(
                context.emit({"topic": "work.ordered", "data": m, "messageGroupId": m["group"]})
                for m in messages[start : start + 25]
            )
        )
    return {"status": 202, "body": {"sent": len(messages)}}
