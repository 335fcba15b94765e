config = {"type": "cron", "name": "Tick", "cron": "0 0 1 1 *", "emits": ["work.fanout"]}


async def handler(context):
    runs = (await context.state.get("cron", "runs") or 0) + 1
    await context.state.set("cron", "runs", runs)
    await context.emit({"topic": "work.fanout", "data": {"id": "cron"}})
