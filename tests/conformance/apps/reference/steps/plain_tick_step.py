config = {"type": "cron", "name": "PlainTick", "cron": "*/5 2-4 * jan,jul mon", "emits": []}

RUNS = []


def handler(context):
    RUNS.append(context.trace_id)
    context.state.set("plain-tick", context.trace_id, len(RUNS))
