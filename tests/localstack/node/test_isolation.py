"""Whatever a TypeScript Step does costs one attempt, never the server and never somebody else's request."""

import asyncio
from pathlib import Path

import pytest

from motia_local.workers.invocation import Invocation

OK = "export const handler = async () => ({ status: 200, body: 'fine' })\n"
SLEEP = "const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))\n"
INTERNAL = '{"error":"Internal server error"}'


def step(body: str) -> str:
    return f"{SLEEP}export const handler = async (req: any, ctx: any) => {{\n{body}\n}}\n"


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("exit", "process.exit(3)", INTERNAL),
        ("exit-later", "await sleep(10); process.exit(3)", INTERNAL),
        ("exit-in-timer", "setTimeout(() => process.exit(3), 10); await sleep(9e4)", "raised: the handler called"),
        ("abort", "process.abort()", "crash: it ended its worker (signal SIGABRT)"),
        ("kill", "process.kill(process.pid, 'SIGKILL')", "crash: it ended its worker (signal SIGKILL)"),
        ("throws", "throw new Error('no')", INTERNAL),
        ("throws-text", "throw 'no'", INTERNAL),
        ("throws-nothing", "throw undefined", INTERNAL),
        ("rejection", "void Promise.reject(new Error('lost')); await sleep(9e4)", "raised: lost"),
        ("timer", "setTimeout(() => { throw new Error('late') }, 10); await sleep(9e4)", "raised: late"),
        ("emitter", "new (await import('node:events')).EventEmitter().emit('error', new Error('ev'))", INTERNAL),
        ("recursion", "const deeper = (): any => deeper(); return deeper()", INTERNAL),
        ("nothing", "", INTERNAL),
        ("nan", "return { status: 200, body: { price: NaN } }", INTERNAL),
        ("cycle", "const one: any = {}; one.one = one; return { status: 200, body: one }", INTERNAL),
        ("hang", "await sleep(9e4)", "timeout: ran longer than 1 s"),
        ("never", "await new Promise(() => {})", "timeout: ran longer than 1 s"),
        ("loop", "for (;;);", "timeout: ran longer than 1 s; its worker was stopped"),
        ("loop-later", "await sleep(10); for (;;);", "timeout: ran longer than 1 s; its worker was stopped"),
        ("microtasks", "for (;;) await null", "timeout: ran longer than 1 s; its worker was stopped"),
        (
            "native",
            "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
            "timeout: ran longer than 1 s; its worker was stopped",
        ),
    ],
)
def test_a_step_that_ends_badly_fails_alone(in_lab, name, body, expected):
    async def check(lab):
        lab.write("ok", OK)
        lab.write(name, step(body))
        await lab.load()
        await lab.settled()
        assert (await lab.text(name, timeout_s=1)).startswith(expected)
        assert await lab.text("ok") == "fine"
        await lab.settled()
        assert [await lab.text("ok") for _ in range(5)] == ["fine"] * 5

    in_lab(check)


def test_a_step_that_takes_all_memory_fails_alone(in_lab):
    async def body(lab):
        lab.pools.env = {**lab.pools.env, "NODE_OPTIONS": "--max-old-space-size=64"}
        lab.write("ok", OK)
        lab.write("memory", step("const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()))"))
        await lab.load()
        await lab.settled()
        assert (await lab.text("memory")).startswith("crash: it ended")
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_a_handler_that_never_ends_costs_its_worker(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("never", step("console.log(process.pid); await new Promise(() => {})"))
        await lab.load()
        await lab.settled()
        assert await lab.text("never", timeout_s=0.5) == "timeout: ran longer than 0.5 s"
        pid = int(lab.recorder.lines[0].text)
        await lab.until(lambda: pid not in lab.pids() and not Path(f"/proc/{pid}").exists())
        await lab.settled()

    in_lab(body)


def test_what_a_handler_left_to_be_done_is_done_after_its_answer(in_lab):
    async def body(lab):
        lab.write("leaves", step("setTimeout(() => void ctx.state.set('g', 'after', 1), 50)"), "event")
        await lab.load()
        assert (await lab.run("leaves")).failure is None
        await lab.until(lambda: lab.recorder.values == {"after": 1})

    in_lab(body)


def test_what_a_handler_does_after_its_time_is_refused(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        source = "await sleep(900); await ctx.state.set('g', 'late', 1).catch((no: Error) => console.log(no.message))"
        lab.write("late", step(source), "event")
        await lab.load()
        await lab.settled()
        pids = lab.pids()
        outcome = await lab.run("late", timeout_s=0.3)
        assert outcome.failure.kind == "timeout"
        await lab.until(lambda: lab.recorder.lines)
        assert lab.recorder.lines[0].text == "state.set comes too late: the time of the invocation is over"
        assert lab.recorder.calls == []
        assert pids <= lab.pids()

    in_lab(body)


def test_requests_behind_an_endless_loop_run_elsewhere(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("loop", step("await sleep(1)\nfor (;;);"))
        await lab.load()
        await lab.settled()
        endless = lab.run("loop", timeout_s=6)
        answers = await asyncio.wait_for(asyncio.gather(*(lab.text("ok") for _ in range(50))), 4)
        assert answers == ["fine"] * 50
        await lab.until(lambda: lab.recorder.notices)
        answers = await asyncio.wait_for(asyncio.gather(*(lab.text("ok") for _ in range(50))), 4)
        assert answers == ["fine"] * 50
        assert not endless.done()
        assert (await endless).failure.kind == "timeout"
        assert any("blocks its worker's event loop (steps/loop.step.ts:5)" in text for text in lab.recorder.notices)

    in_lab(body)


def test_requests_that_began_before_an_endless_loop_are_answered(in_lab):
    """They reach the worker together; what they wait for is each other's turn only."""

    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("ok", step("for (let i = 0; i < 50; i += 1) await null\nreturn { status: 200, body: 'fine' }"))
        lab.write("loop", step("for (;;);"))
        await lab.load()
        await lab.settled()
        asked = [lab.run("ok") for _ in range(20)]
        endless = lab.run("loop", timeout_s=6)
        done, _ = await asyncio.wait(asked, timeout=4)
        assert [task.result().response.body for task in done] == [b"fine"] * 20
        assert not endless.done()
        endless.cancel()

    in_lab(body)


def test_what_a_step_said_before_an_endless_loop_is_not_lost(in_lab):
    async def body(lab):
        lab.write("loop", step("console.log('printed'); ctx.logger.info('logged'); for (;;);"))
        await lab.load()
        assert (await lab.text("loop", timeout_s=1)).startswith("timeout")
        assert [record["msg"] for record in lab.recorder.logs] == ["logged"]
        assert [line.text for line in lab.recorder.lines] == ["printed"]

    in_lab(body)


def test_a_worker_that_stood_still_serves_again(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("ok", OK)
        lab.write("block", step("const end = Date.now() + 1500\nwhile (Date.now() < end);\nreturn { status: 200 }"))
        await lab.load()
        (serving,) = lab.pool._routes["ok"]
        assert (await lab.run("block")).response.status == 200
        await lab.until(lambda: serving.stuck is None)
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_a_worker_that_native_code_has_held_for_a_moment_serves_again(in_lab):
    """Whatever it was asked while it stood still: its answer may be the last that happens in it for long."""

    async def body(lab):
        lab.pool.fleet.size = 1
        sleeps = "(await import('node:child_process')).execFileSync('sleep', [String(req.body / 1000)])"
        lab.write("native", step(f"{sleeps}\nreturn {{ status: 200 }}"))
        await lab.load()
        (serving,) = lab.pool._routes["native"]
        for milliseconds in range(350, 1000, 50):
            assert (await lab.run("native", str(milliseconds).encode())).response.status == 200
            await asyncio.sleep(0.5)  # a report that comes too late would be there by now
            await lab.until(lambda: serving.stuck is None, within_s=3)
            assert not serving.dead

    in_lab(body)


def test_an_endless_loop_that_a_step_leaves_behind_ends_its_worker(in_lab, monkeypatch):
    async def body(lab):
        monkeypatch.setattr("motia_local.workers.pool.LEFTOVER_S", 1.0)
        fs = "const { writeFileSync } = await import('node:fs')"
        loops = "setTimeout(() => { writeFileSync('looping', ''); for (;;); }, 300)"
        lab.write("ok", OK)
        lab.write("later", step(f"{fs}\n{loops}\nreturn {{ status: 200 }}"))
        await lab.load()
        await lab.settled()
        before = lab.pids()
        assert (await lab.run("later", timeout_s=1)).response.status == 200
        await lab.until((lab.root / "looping").exists)
        answers = await asyncio.wait_for(asyncio.gather(*(lab.text("ok") for _ in range(50))), 10)
        assert answers == ["fine"] * 50
        await lab.until(lambda: before - lab.pids())
        assert any("event loop is blocked (steps/later.step.ts:" in text for text in lab.recorder.notices)

    in_lab(body)


def test_a_worker_that_is_let_go_gets_no_more_work(in_lab):
    """One too many, after one that stood still turns again: what it would be given, it would take along."""

    async def body(lab):
        lab.write("slow", step("await sleep(300); return { status: 200, body: 'done' }"))
        await lab.load()
        await lab.settled("slow")
        leaving = lab.pool._routes["slow"][0]
        asked = lab.run("slow")  # begins in the next turn
        lab.pool.fleet.retire(leaving)
        assert (await asked).response.body == b"done"
        await lab.until(lambda: leaving.dead)

    in_lab(body)


def test_events_beside_a_crash_lose_no_attempt(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("slow", step("await sleep(400)"), "event")
        lab.write("abort", step("await sleep(100)\nprocess.abort()"), "event")
        await lab.load()
        await lab.settled()
        beside = [lab.run("slow") for _ in range(8)]
        ended = await lab.run("abort")
        assert ended.failure.kind == "crash"
        assert [(await outcome).failure for outcome in beside] == [None] * 8

    in_lab(body)


def test_reads_beside_a_crash_are_answered(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("read", step("await sleep(400); return { status: 200, body: 'read' }"))
        lab.write("abort", step("process.abort()"))
        await lab.load()
        beside = [lab.run("read", method="GET") for _ in range(8)]
        ended = await lab.run("abort")
        assert ended.failure.kind == "crash"
        assert [(await answer).response.body for answer in beside] == [b"read"] * 8

    in_lab(body)


def test_a_response_over_the_frame_limit_is_an_error_of_its_step(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("giant", step("return { status: 200, body: Buffer.alloc(65 << 20) }"))
        await lab.load()
        await lab.settled()
        serving = list(lab.pool._routes["ok"])
        assert "over the limit" in await lab.text("giant")
        assert await lab.text("ok") == "fine"
        assert lab.pool._routes["ok"] == serving

    in_lab(body)


@pytest.mark.parametrize("size", [0, 1, 100, 70_000, 400_000, 5_000_000])
def test_bodies_of_any_size_come_back_as_they_went(in_lab, size):
    async def body(lab):
        lab.write("echo", step("return { status: 200, body: req.body }"))
        await lab.load()
        sent = bytes(range(256)) * (size // 256 + 1)
        found = (await lab.run("echo", sent[:size])).response.body
        assert found == (sent[:size] or b"{}")

    in_lab(body)


def test_garbage_on_the_socket_costs_one_worker(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "vandal",
            "import { readlinkSync, writeSync } from 'node:fs'\n"
            + step(
                """
                for (let fd = 3; fd < 300; fd += 1) {
                  try {
                    if (readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')) writeSync(fd, Buffer.alloc(100, 255))
                  } catch {}
                }
                await sleep(9e4)"""
            ),
        )
        await lab.load()
        await lab.settled()
        assert (await lab.text("vandal")).startswith("crash: it ended")
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_a_step_sees_its_module_state_again(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("count", "let seen = 0\n" + step("seen += 1; return { status: 200, body: String(seen) }"))
        await lab.load()
        assert [await lab.text("count") for _ in range(3)] == ["1", "2", "3"]

    in_lab(body)


def test_handlers_run_together(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("waits", step("await sleep(300)"), "event")
        await lab.load()
        began = asyncio.get_running_loop().time()
        runs = [lab.run("waits") for _ in range(20)]
        assert [(await run).failure for run in runs] == [None] * 20
        assert asyncio.get_running_loop().time() - began < 2

    in_lab(body)


def test_a_step_that_calls_the_server_gets_its_answer(in_lab):
    async def body(lab):
        lab.write(
            "state",
            step(
                "await ctx.state.set('g', 'k', { n: 1 }); return { status: 200, body: await ctx.state.get('g', 'k') }"
            ),
        )
        await lab.load()
        assert await lab.text("state") == '{"n":1}'
        assert [name for name, _ in lab.recorder.calls] == ["state.set", "state.get"]

    in_lab(body)


def test_an_event_too_large_to_send_fails_that_event(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("event", step(""), "event")
        await lab.load()
        outcome = await lab.pool.invoke(Invocation("event", "event", "T", 5, data="x" * (65 << 20)))
        assert "over the limit" in outcome.failure.message
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_half_a_surrogate_pair_survives(in_lab):
    async def body(lab):
        lab.write("half", step("console.log(req.length, req.codePointAt(1).toString(16))"), "event")
        await lab.load()
        assert (await lab.run("half", "ä\ud800\U0001f600")).failure is None
        assert lab.recorder.lines[0].text == "4 d800"

    in_lab(body)
