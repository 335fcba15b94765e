"""Adapters of motia.config.ts on the local server, for Steps of every language."""

import json
import os
import signal
from datetime import UTC, datetime

import pytest

from waiting import eventually

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
