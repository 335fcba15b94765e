"""Steps of three languages in one project: one flow, one state, one set of streams, one answer to who may listen."""

from datetime import UTC, datetime

from localstack.streams.test_access import DENIED, outcome, refusal
from waiting import eventually

START = """
import type { ApiRouteConfig, Handlers } from 'motia'

export const config = {
  type: 'api', name: 'Start', method: 'POST', path: '/start', emits: ['one'], flows: ['mixed'],
} as const satisfies ApiRouteConfig

export const handler = async (req: any, { emit, state, traceId, logger }: any) => {
  await state.set('traces', 'typescript', traceId)
  await emit({ topic: 'one', data: { words: [req.body.word] } })
  logger.info('begun')
  return { status: 202, body: { traceId } }
}
"""
MIDDLE = """
config = {"type": "event", "name": "Middle", "subscribes": ["one"], "emits": ["two"], "flows": ["mixed"]}

async def handler(data, context):
    await context.state.set("traces", "python", context.trace_id)
    await context.streams.words.set("all", "1", {"words": data["words"]})
    await context.emit({"topic": "two", "data": {"words": [*data["words"], "python"]}})
"""
END = """
module.exports.config = { type: 'event', name: 'End', subscribes: ['two'], emits: [], flows: ['mixed'] }

module.exports.handler = async (data, ctx) => {
  await ctx.state.set('traces', 'javascript', ctx.traceId)
  const before = await ctx.streams.words.get('all', '1')
  await ctx.streams.words.set('all', '1', { words: [...data.words, 'javascript', ...before.words] })
}
"""
WORDS = """
export const config = { name: 'words', schema: { type: 'object' }, baseConfig: { storageType: 'default' } }
"""


def traces(site):
    return {language: site.state("traces", language) for language in ("typescript", "python", "javascript")}


def test_one_trace_id_goes_through_steps_of_every_language(site):
    site.write("steps/start.step.ts", START)
    site.write("steps/middle_step.py", MIDDLE)
    site.write("steps/end.step.js", END)
    site.write("steps/words.stream.ts", WORDS)
    site.start()
    socket = site.open()
    socket.join("words", "all")
    assert socket.event()["type"] == "sync"
    answer = site.call("POST", "/start", {"word": "hello"})
    assert answer.status == 202
    assert [socket.event()["data"]["words"] for _ in range(2)] == [
        ["hello"],
        ["hello", "python", "javascript", "hello"],
    ]
    assert site.live.wait_idle()
    assert set(traces(site).values()) == {answer.json()["traceId"]}
    records = site.live.run(site.live.engine.records.logs()).records
    assert [record["msg"] for record in records if record["traceId"] == answer.json()["traceId"]] == ["begun"]


def test_events_of_a_group_stay_in_order_between_languages(site):
    site.write(
        "steps/many_step.py",
        """
        config = {"type": "api", "name": "Many", "method": "POST", "path": "/many", "emits": ["line"]}
        async def handler(req, context):
            for number in range(30):
                await context.emit({"topic": "line", "data": number, "messageGroupId": f"g{number % 3}"})
            return {"status": 204}
        """,
    )
    site.write(
        "steps/line.step.ts",
        """
        export const config = {
          type: 'event', name: 'Line', subscribes: ['line'], emits: [],
          infrastructure: { queue: { type: 'fifo' } },
        } as const
        export const handler = async (data: number, ctx: any) => {
          const group = `g${data % 3}`
          const seen = (await ctx.state.get('seen', group)) ?? []
          await ctx.state.set('seen', group, [...seen, data])
        }
        """,
    )
    site.options["workers"] = 2
    site.start()
    assert site.call("POST", "/many", {}).status == 204
    assert site.live.wait_idle()
    for group in range(3):
        assert site.state("seen", f"g{group}") == list(range(group, 30, 3))


def test_events_that_fail_in_typescript_are_tried_again_and_end_in_the_dead_letters(site):
    site.write(
        "steps/flaky.step.ts",
        """
        export const config = {
          type: 'event', name: 'Flaky', subscribes: ['flaky'], emits: [], infrastructure: { queue: { maxRetries: 1 } },
        } as const
        export const handler = async (data: any, ctx: any) => {
          await ctx.state.set('tries', 'n', ((await ctx.state.get('tries', 'n')) ?? 0) + 1)
          throw Object.assign(new RangeError('never'), { code: 'E_NEVER' })
        }
        """,
    )
    site.start()
    assert site.call("POST", "/emit", {"topic": "flaky", "data": 1}).status == 200
    eventually(lambda: site.live.run(site.live.engine.queues.dead_letters("Flaky", limit=10)))
    assert site.state("tries", "n") == 2
    (letter,) = site.live.run(site.live.engine.queues.dead_letters("Flaky", limit=10))
    assert letter.error == "RangeError: never"
    logs = site.live.run(site.live.engine.records.logs(level="error")).records
    assert all("steps/flaky.step.ts:7:" in record["error"]["stack"] for record in logs)
    assert [(record["error"]["name"], record["error"]["code"]) for record in logs] == [("RangeError", "E_NEVER")] * 2


def test_a_cron_step_in_typescript_runs(site):
    site.write(
        "steps/tick.step.ts",
        """
        export const config = { type: 'cron', name: 'Tick', cron: '0 9 * * *', emits: [] } as const
        export const handler = async ({ state, traceId }: any) => state.set('ticks', 'last', traceId)
        """,
    )
    site.start()
    assert site.live.fire("Tick", datetime(2026, 1, 1, 9, tzinfo=UTC)) is True
    assert site.state("ticks", "last")


GUARDED = """
    export const config = {
      name: 'guarded', schema: { type: 'object', properties: {} }, baseConfig: { storageType: 'default' },
      canAccess: async (subscription: any, context: any) =>
        subscription.groupId === 'open' || context?.user === subscription.groupId,
    }
"""
AUTH = """
    import { config } from 'motia'
    export default config({
      streamAuth: {
        contextSchema: { type: 'object' },
        authenticate: async ({ url, headers }: any) => {
          const token = url.split('authToken=')[1] ?? headers['sec-websocket-protocol']
          if (!token) throw new Error('no token')
          return { user: token }
        },
      },
    })
"""
GUARDED_PYTHON = """
    async def can_access(subscription, auth_context):
        return auth_context == {"user": "ada"}

    config = {"name": "python", "canAccess": can_access}
"""


def test_stream_rules_in_typescript_hold_for_streams_of_every_language(site):
    site.write("steps/guarded.stream.ts", GUARDED)
    site.write("steps/python_stream.py", GUARDED_PYTHON)
    site.write("motia.config.ts", AUTH)
    site.start()
    assert refusal(site)[0] == 401
    socket = site.open("/?authToken=ada")
    assert outcome(socket, "guarded", "ada") == "sync"
    assert outcome(socket, "guarded", "bob") == DENIED
    assert outcome(socket, "guarded", "open") == "sync"
    assert outcome(socket, "python", "any") == "sync"
    assert outcome(site.open("/?authToken=bob"), "python", "any") == DENIED
