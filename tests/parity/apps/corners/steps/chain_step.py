config = {
    "type": "event",
    "name": "chain",
    "subscribes": ["work.chain"],
    "emits": ["work.chain", "work.fanout"],
}


async def handler(data, context):
    if data["left"]:
        await context.emit({"topic": "work.chain", "data": {**data, "left": data["left"] - 1}})
    else:
        await context.emit({"topic": "work.fanout", "data": {"id": data["id"], "blob": data.get("blob")}})
