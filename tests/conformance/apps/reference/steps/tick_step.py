from src.lib.calls import run

config = {"type": "cron", "name": "Tick", "cron": "0 9 1 1 *", "emits": ["news"], "description": "Once a year"}


async def handler(context):
    script = await context.state.get("cron", "script")
    if script["fail"]:
        raise RuntimeError("the cron Step failed")
    results = await run(script["calls"], context)
    await context.state.set("ran", script["key"], {"results": results, "trace": context.trace_id})
    return "ignored"
