"""Steps of three languages in one project: one flow, one state, one set of streams, one answer to who may listen."""

import json
import os
import signal
from datetime import UTC, datetime

import pytest

from localstack.streams.conftest import Live
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


@pytest.fixture
def site(tmp_path):
    made = Live(tmp_path)
    yield made
    made.opened.close()
    if made.handle is not None:
        made.handle.stop()


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
          throw new RangeError('never')
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


KEPT = """
import { StreamAdapter } from 'motia'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const PATH = process.env.KEPT ?? 'kept.json'
const NONE = { state: {}, streams: {}, locks: {} }
const read = (): any => (existsSync(PATH) ? JSON.parse(readFileSync(PATH, 'utf8')) : structuredClone(NONE))
const change = <T>(work: (kept: any) => T): T => {
  const kept = read()
  const found = work(kept)
  writeFileSync(PATH, JSON.stringify(kept))
  return found
}

export class KeptState {
  async get(group: string, key: string) {
    if (key === 'broken') throw new RangeError('the disk is gone')
    return read().state[group]?.[key] ?? null
  }
  async set(group: string, key: string, value: any) {
    change(({ state }) => ((state[group] ??= {})[key] = value))
    return value
  }
  async delete(group: string, key: string) {
    const old = await this.get(group, key)
    change(({ state }) => delete state[group]?.[key])
    return old
  }
  async getGroup(group: string) { return Object.values(read().state[group] ?? {}) }
  async clear(group: string) { change(({ state }) => delete state[group]) }
  async cleanup() {}
  async keys(group: string) { return Object.keys(read().state[group] ?? {}) }
  async traceIds() { return Object.keys(read().state) }
  async items({ groupId }: any) {
    return Object.entries<any>(read().state)
      .filter(([group]) => groupId === undefined || group === groupId)
      .flatMap(([group, values]) =>
        Object.entries(values).map(([key, value]) => ({ groupId: group, key, type: typeof value, value })))
  }
}

export class KeptStream extends StreamAdapter<any> {
  private place(kept: any, group: string) { return (kept.streams[`${this.streamName}/${group}`] ??= {}) }
  async get(group: string, id: string) { return this.place(read(), group)[id] ?? null }
  async set(group: string, id: string, data: any) {
    return change((kept) => (this.place(kept, group)[id] = { ...data, id }))
  }
  async delete(group: string, id: string) {
    const old = await this.get(group, id)
    change((kept) => delete this.place(kept, group)[id])
    return old
  }
  async getGroup(group: string) { return Object.values<any>(this.place(read(), group)) }
}

export class KeptLocks {
  async acquireLock(jobName: string, ttl: number) {
    const now = Date.now()
    return change(({ locks }) => {
      if ((locks[jobName] ?? 0) > now) return null
      locks[jobName] = now + ttl
      return { jobName, instanceId: 'here', acquiredAt: now, expiresAt: now + ttl, lockId: jobName }
    })
  }
  async releaseLock() {}
  async renewLock() { return true }
  async isHealthy() { return true }
  async shutdown() {}
  async getActiveLocks() { return [] }
}
"""
ALL = """
import { KeptLocks, KeptState, KeptStream } from './lib/kept.ts'
export default { adapters: { state: new KeptState(), streams: KeptStream, cron: () => new KeptLocks() } }
"""
PUT_PYTHON = "await context.state.set('g', req['pathParams']['key'], req['body'])\nreturn {'status': 200}"
GET_TYPESCRIPT = """
export const config = { type: 'api', name: 'get', method: 'GET', path: '/state/:key', emits: [] } as const
export const handler = async (req: any, ctx: any) =>
  ({ status: 200, body: await ctx.state.get('g', req.pathParams.key) })
"""


@pytest.fixture
def adapted(site, monkeypatch):
    """State that Python writes and TypeScript reads."""
    monkeypatch.setenv("KEPT", str(site.root / "kept.json"))
    site.api("put", "PUT", "/state/:key", PUT_PYTHON)
    site.write("steps/get.step.ts", GET_TYPESCRIPT)
    site.write("lib/kept.ts", KEPT)
    return site


def kept(site):
    return json.loads((site.root / "kept.json").read_text())


def test_adapters_in_typescript_serve_steps_of_every_language(adapted):
    adapted.write("motia.config.ts", ALL)
    adapted.write("steps/chat_stream.py", "config = {'name': 'chat', 'schema': {'type': 'object'}}\n")
    adapted.write(
        "steps/tick_step.py",
        """
        config = {'type': 'cron', 'name': 'Tick', 'cron': '0 9 * * *', 'emits': []}
        async def handler(context): pass
        """,
    )
    body = """
    first = await context.streams.chat.set("room", "1", {"text": "hi"})
    gone = await context.streams.chat.delete("room", "1")
    return {"status": 200, "body": [first["text"], gone["text"]]}
    """
    adapted.api("say", "POST", "/say", body)
    heard = []
    adapted.start()
    adapted.live.engine.hub.subscribe(heard.append)
    assert adapted.call("PUT", "/state/a", {"n": 1}).status == 200
    assert adapted.call("GET", "/state/a").json() == {"n": 1}
    assert kept(adapted)["state"] == {"g": {"a": {"n": 1}}}
    assert adapted.call("GET", "/__motia/state").json()[0]["value"] == {"n": 1}
    assert adapted.call("POST", "/say", {}).json() == ["hi", "hi"]
    assert [message["event"]["type"] for message in heard] == ["create", "delete"]
    tick = datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert adapted.live.fire("Tick", tick) is True
    assert list(kept(adapted)["locks"]) == ["cron#Tick#2026-01-01T09:00"]


def test_a_changed_adapter_takes_effect_and_a_broken_one_does_not(adapted):
    adapted.write("motia.config.ts", ALL)
    adapted.start()
    host = adapted.live.server.adapters._host
    adapted.call("PUT", "/state/a", 1)
    adapted.write("steps/more.step.ts", GET_TYPESCRIPT.replace("'get'", "'more'").replace("/state/", "/more/"))
    adapted.live.reload()
    assert adapted.call("GET", "/more/a").json() == 1
    assert adapted.live.server.adapters._host is host, "a save of something else leaves the adapters alone"
    adapted.write("lib/kept.ts", KEPT.replace("return value", "return { changed: value }"))
    adapted.live.reload()
    assert adapted.live.server.adapters._host is not host
    adapted.write("motia.config.ts", "export default {")
    adapted.live.reload()
    assert adapted.call("GET", "/state/a").json() == 1
    (adapted.root / "motia.config.ts").unlink()
    adapted.live.reload()
    assert adapted.call("GET", "/state/a").json() is None


def test_what_an_adapter_in_typescript_throws_reaches_the_step(adapted):
    adapted.write("motia.config.ts", ALL)
    adapted.write(
        "steps/catch.step.ts",
        """
        import { StateError } from 'motia'
        export const config = { type: 'api', name: 'catch', method: 'GET', path: '/catch', emits: [] } as const
        export const handler = async (req: any, ctx: any) => {
          try {
            await ctx.state.get('g', 'broken')
          } catch (error: any) {
            return { status: 200, body: [error instanceof StateError, error.message] }
          }
        }
        """,
    )
    adapted.start()
    is_state_error, message = adapted.call("GET", "/catch").json()
    assert is_state_error is True
    assert "RangeError: the disk is gone" in message


def test_a_killed_process_of_adapters_in_typescript_comes_back(adapted):
    adapted.write("motia.config.ts", ALL)
    adapted.start()
    adapted.call("PUT", "/state/a", 1)
    os.kill(adapted.live.server.adapters._host._process.pid, signal.SIGKILL)
    eventually(lambda: adapted.call("GET", "/state/a").status == 200)
    assert adapted.call("GET", "/state/a").json() == 1


EVENTS = """
const subscribers = new Map<string, any>()
let ids = 0
const events = {
  async emit(event: any) {
    for (const { topic, handler } of [...subscribers.values()]) {
      if (topic === event.topic) void attempt(handler, event, 5)
    }
  },
  async subscribe(topic: string, step: string, handler: any) {
    const id = `${(ids += 1)}`
    subscribers.set(id, { topic, handler })
    return { topic, id, unsubscribe: async () => void subscribers.delete(id) }
  },
  async unsubscribe({ id }: any) { subscribers.delete(id) },
  async shutdown() { subscribers.clear() },
  async getSubscriptionCount() { return subscribers.size },
  async listTopics() { return [] },
}
const attempt = async (handler: any, event: any, left: number): Promise<void> => {
  try { await handler(event) } catch { if (left) setTimeout(() => attempt(handler, event, left - 1), 20) }
}
export default { adapters: { events } }
"""


def test_events_go_through_an_adapter_in_typescript(adapted):
    adapted.write("motia.config.ts", EVENTS)
    adapted.api(
        "out", "POST", "/out", "await context.emit({'topic': 'work', 'data': 1})\nreturn {'status': 204}", "['work']"
    )
    adapted.write(
        "steps/work.step.ts",
        """
        export const config = { type: 'event', name: 'Work', subscribes: ['work'], emits: [] } as const
        export const handler = async (data: any, ctx: any) => {
          const tries = ((await ctx.state.get('tries', 'n')) ?? 0) + 1
          await ctx.state.set('tries', 'n', tries)
          if (tries < 3) throw new Error('not yet')
        }
        """,
    )
    adapted.start()
    assert adapted.call("POST", "/out", {}).status == 204
    eventually(lambda: adapted.state("tries", "n") == 3)
