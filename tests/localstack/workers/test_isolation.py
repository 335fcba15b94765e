"""Whatever a Step does costs one attempt and one worker, never the server and never somebody else's request."""

import asyncio
from pathlib import Path

import pytest

from motia_local.workers.invocation import Invocation

OK = """
    async def handler(req, context):
        return {"status": 200, "body": "fine"}
"""
COUNTED = """
    import os
    async def handler(data, context):
        with open("runs", "a") as file:
            file.write(f"{os.getpid()}\\n")
"""
ENDED = "crash: it ended its worker"


async def settled(lab):
    """Both workers of the generation are in service."""
    await lab.until(lambda: len(lab.pool._routes.get("ok", ())) == 2)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("exit", "import os\n    def handler(req): os._exit(3)", f"{ENDED} (exit code 3)"),
        ("segfault", "import ctypes\n    def handler(req): ctypes.string_at(0)", f"{ENDED} (signal SIGSEGV)"),
        ("kill", "import os\n    async def handler(req): os.kill(os.getpid(), 9)", f"{ENDED} (signal SIGKILL)"),
        ("sysexit", "import sys\n    async def handler(req): sys.exit(4)", '{"error":"Internal server error"}'),
        ("interrupt", "async def handler(req): raise KeyboardInterrupt", '{"error":"Internal server error"}'),
        ("generatorexit", "async def handler(req): raise GeneratorExit", "raised: "),
        ("raises", "async def handler(req): 1 / 0", '{"error":"Internal server error"}'),
        ("recursion", "def handler(req): return handler(req)", '{"error":"Internal server error"}'),
        ("hang", "import asyncio\n    async def handler(req): await asyncio.sleep(99)", "timeout: ran longer than 1 s"),
        ("sleep", "import time\n    def handler(req): time.sleep(99)", "timeout: ran longer than 1 s"),
        (
            "loop",
            "async def handler(req):\n        while True: pass",
            "timeout: ran longer than 1 s; its worker was stopped",
        ),
        (
            "stubborn",
            """
    import asyncio
    async def handler(req):
        while True:
            try:
                await asyncio.sleep(99)
            except asyncio.CancelledError:
                print("no")
    """,
            "timeout: ran longer than 1 s",
        ),
    ],
)
def test_a_step_that_ends_badly_fails_alone(in_lab, name, source, expected):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(name, f"\n    {source}\n")
        await lab.load()
        await settled(lab)
        assert await lab.text(name, timeout_s=1) == expected
        assert await lab.text("ok") == "fine"
        await settled(lab)
        assert [await lab.text("ok") for _ in range(5)] == ["fine"] * 5

    in_lab(body)


def test_a_thread_that_never_ends_costs_its_worker(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "sleep",
            """
    import time, os
    def handler(req):
        print(os.getpid())
        time.sleep(99)
    """,
        )
        await lab.load()
        await settled(lab)
        assert await lab.text("sleep", timeout_s=0.5) == "timeout: ran longer than 0.5 s"
        pid = int(lab.recorder.lines[0].text)
        await lab.until(lambda: pid not in lab.pids() and not Path(f"/proc/{pid}").exists())
        await settled(lab)

    in_lab(body)


def test_what_a_handler_left_to_be_done_is_done_after_its_answer(in_lab):
    async def body(lab):
        source = """
    import asyncio
    kept = []
    async def after(context):
        await asyncio.sleep(0.05)
        await context.state.set('g', 'after', 1)
    async def handler(data, context):
        kept.append(asyncio.create_task(after(context)))
    """
        lab.write("leaves", source, "event")
        await lab.load()
        assert (await lab.run("leaves")).failure is None
        await lab.until(lambda: lab.recorder.values == {"after": 1})

    in_lab(body)


def test_what_a_handler_does_after_its_time_is_refused(in_lab):
    async def body(lab):
        source = """
    import asyncio, time
    def handler(data, context):
        time.sleep(0.9)
        try:
            asyncio.run(context.state.set('g', 'late', 1))
        except Exception as refused:
            print(refused)
    """
        lab.write("late", source, "event")
        await lab.load()
        assert (await lab.run("late", timeout_s=0.3)).failure.kind == "timeout"
        await lab.until(lambda: lab.recorder.lines)
        assert lab.recorder.lines[0].text == "state.set comes too late: the time of the invocation is over"
        assert lab.recorder.calls == []

    in_lab(body)


def test_requests_behind_an_endless_loop_run_elsewhere(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("loop", "\n    async def handler(req):\n        while True: pass\n")
        await lab.load()
        await settled(lab)
        endless = lab.run("loop", timeout_s=6)
        answers = await asyncio.wait_for(asyncio.gather(*(lab.text("ok") for _ in range(50))), 4)
        assert answers == ["fine"] * 50
        assert not endless.done()
        assert (await endless).failure.kind == "timeout"
        assert any("blocks its worker's event loop (steps/loop_step.py:" in text for text in lab.recorder.notices)

    in_lab(body)


def test_an_endless_loop_that_a_step_leaves_behind_ends_its_worker(in_lab, monkeypatch):
    async def body(lab):
        monkeypatch.setattr("motia_local.workers.pool.LEFTOVER_S", 1.0)
        source = """
    import asyncio
    kept = []
    async def later():
        await asyncio.sleep(0.3)
        open('looping', 'w').close()
        while True: pass
    async def handler(req):
        kept.append(asyncio.create_task(later()))
        return {'status': 200}
    """
        lab.write("ok", OK)
        lab.write("later", source)
        await lab.load()
        await settled(lab)
        before = lab.pids()
        assert (await lab.run("later")).response.status == 200
        await lab.until((lab.root / "looping").exists)
        answers = await asyncio.wait_for(asyncio.gather(*(lab.text("ok") for _ in range(50))), 10)
        assert answers == ["fine"] * 50
        await lab.until(lambda: before - lab.pids())
        assert any("event loop is blocked (steps/later_step.py:" in text for text in lab.recorder.notices)

    in_lab(body)


def test_events_beside_a_crash_lose_no_attempt(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "slow", "\n    import asyncio\n    async def handler(data):\n        await asyncio.sleep(0.4)\n", "event"
        )
        lab.write(
            "exit",
            """
    import asyncio, os
    async def handler(data):
        await asyncio.sleep(0.1)
        os._exit(1)
    """,
            "event",
        )
        await lab.load()
        await settled(lab)
        beside = [lab.run("slow") for _ in range(8)]
        ended = await lab.run("exit")
        assert ended.failure.kind == "crash"
        assert [(await outcome).failure for outcome in beside] == [None] * 8

    in_lab(body)


def test_reads_beside_a_crash_are_answered(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write(
            "read",
            """
    import asyncio
    async def handler(req):
        await asyncio.sleep(0.4)
        return {'status': 200, 'body': 'read'}
    """,
        )
        lab.write("kill", "\n    import os\n    async def handler(req): os.kill(os.getpid(), 9)\n")
        await lab.load()
        beside = [lab.run("read", method="GET") for _ in range(8)]
        ended = await lab.run("kill")
        assert ended.failure.kind == "crash"
        assert [(await answer).response.body for answer in beside] == [b"read"] * 8

    in_lab(body)


def test_fifty_megabytes_of_output_slow_nobody(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "loud",
            """
    import os, sys
    def handler(req):
        for _ in range(400):
            print("x" * 127 + "\\n" * 1, end="")
        os.write(1, (b"y" * 127 + b"\\n") * 400_000)
        print("z" * 1000, file=sys.stderr)
        return {"status": 200, "body": "done"}
    """,
        )
        await lab.load()
        await settled(lab)
        loud = lab.run("loud")
        assert await asyncio.wait_for(lab.text("ok"), 3) == "fine"
        assert (await loud).response.body == b"done"
        await lab.until(lambda: any("lines of output were dropped" in line.text for line in lab.recorder.lines))
        assert sum(len(line.text) for line in lab.recorder.lines) < 4_000_000

    in_lab(body)


def test_a_flood_of_logs_is_bounded(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "logs",
            """
    async def handler(req, context):
        while True: context.logger.info('x' * 1000)
    """,
        )
        await lab.load()
        await settled(lab)
        flood = lab.run("logs", timeout_s=2)
        assert await asyncio.wait_for(lab.text("ok"), 3) == "fine"
        assert (await flood).failure.kind == "timeout"
        assert len(lab.recorder.logs) < 25_000

    in_lab(body)


def test_a_response_over_the_frame_limit_is_an_error_of_its_step(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "giant",
            """
    async def handler(req):
        return {'status': 200, 'body': bytes(65 << 20)}
    """,
        )
        await lab.load()
        await settled(lab)
        serving = list(lab.pool._routes["ok"])
        assert "over the limit" in await lab.text("giant")
        assert await lab.text("ok") == "fine"
        assert lab.pool._routes["ok"] == serving

    in_lab(body)


def test_garbage_on_the_socket_costs_one_worker(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "vandal",
            """
    import os, sys
    def handler(req):
        for fd in range(3, 300):
            try: os.write(fd, b'\\xff' * 100)
            except OSError: pass
    """,
        )
        await lab.load()
        await settled(lab)
        assert (await lab.text("vandal")).startswith("crash: it ended")
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_a_step_sees_its_module_state_again(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write(
            "count",
            """
    seen = []
    async def handler(req):
        seen.append(1)
        return {'status': 200, 'body': str(len(seen))}
    """,
        )
        await lab.load()
        assert [await lab.text("count") for _ in range(3)] == ["1", "2", "3"]

    in_lab(body)


def test_async_handlers_run_together_and_sync_ones_in_threads(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        lab.write("waits", "\n    import asyncio\n    async def handler(data): await asyncio.sleep(0.3)\n", "event")
        lab.write("sleeps", "\n    import time\n    def handler(data): time.sleep(0.3)\n", "event")
        await lab.load()
        began = asyncio.get_running_loop().time()
        runs = [lab.run(name) for name in ["waits", "sleeps"] * 10]
        assert [(await run).failure for run in runs] == [None] * 20
        assert asyncio.get_running_loop().time() - began < 2

    in_lab(body)


def test_lines_printed_carry_the_step_and_its_trace(in_lab):
    async def body(lab):
        lab.write(
            "prints",
            """
    import os
    async def handler(req):
        print('one\\ntwo')
        print('open', end='')
        os.system('echo below')
        return {'status': 200}
    """,
        )
        await lab.load()
        await lab.text("prints")
        await lab.until(lambda: len(lab.recorder.lines) == 4)
        found = {(line.text, line.step, line.trace_id) for line in lab.recorder.lines}
        known = ("prints", "TRACE-prints")
        assert found == {("one", *known), ("two", *known), ("open", *known), ("below", None, None)}

    in_lab(body)


def test_lines_printed_and_logged_come_in_the_order_they_were_written_in(in_lab):
    async def body(lab):
        lab.write(
            "talks",
            """
    import asyncio, sys
    async def handler(data, context):
        print('1')
        context.logger.info('2')
        print('3')
        print('4\\n5', end='')
        await asyncio.sleep(0.01)
        context.logger.info('6')
        print('7', file=sys.stderr)
        print('.', end='')
    """,
            "event",
        )
        lab.write(
            "threads",
            """
    def handler(data, context):
        print('1')
        context.logger.info('2')
        print('3')
    """,
            "event",
        )
        await lab.load()
        for turn in range(1, 4):
            assert (await lab.run("talks")).failure is None
            await lab.until(lambda turn=turn: len(lab.recorder.said) == 7 * turn)
        assert lab.recorder.said == ["1", "2", "3", "4", "6", "7", "5."] * 3
        lab.recorder.said.clear()
        assert (await lab.run("threads")).failure is None
        assert lab.recorder.said == ["1", "2", "3"]

    in_lab(body)


def test_what_was_printed_before_a_process_is_killed_is_not_lost(in_lab):
    async def body(lab):
        source = """
    import os
    def handler(data, context):
        context.logger.info('1')
        print('2')
        os.kill(os.getpid(), 9)
    """
        lab.write("dies", source, "event")
        await lab.load()
        assert (await lab.run("dies")).failure.kind == "crash"
        assert lab.recorder.said == ["1", "2"]

    in_lab(body)


def test_what_a_forked_child_prints_is_shown_as_its_steps(in_lab):
    async def body(lab):
        source = """
    import os
    def handler(data):
        child = os.fork()
        if not child:
            print('child')
            os._exit(0)
        os.waitpid(child, 0)
    """
        lab.write("forks", source, "event")
        await lab.load()
        assert (await lab.run("forks")).failure is None
        await lab.until(lambda: lab.recorder.lines)
        assert [(line.text, line.step, line.stream) for line in lab.recorder.lines] == [("child", "forks", "stdout")]

    in_lab(body)


def test_what_is_collected_as_garbage_may_print_in_the_midst_of_a_line(in_lab):
    async def body(lab):
        source = """
    import gc
    class Last:
        def __del__(self): print('x')
    async def handler(data, context):
        gc.set_threshold(1)
        for _ in range(500):
            one = Last()
            one.itself = one
            del one
            print('y')
        gc.set_threshold(700)
        gc.collect()
        print('end')
    """
        lab.write("garbage", source, "event")
        await lab.load()
        assert (await lab.run("garbage", timeout_s=10)).failure is None
        text = "".join(lab.recorder.said)
        assert (text.count("x"), text.count("y"), text[-3:]) == (500, 500, "end")

    in_lab(body)


def test_a_flood_of_lines_slows_nobody(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("loud", "\n    async def handler(req):\n        while True: print('x' * 100)\n")
        await lab.load()
        await settled(lab)
        loud = lab.run("loud", timeout_s=2)
        for _ in range(20):
            assert await asyncio.wait_for(lab.text("ok"), 1) == "fine"
        assert (await loud).failure.kind == "timeout"
        await lab.until(lambda: any("lines of output were dropped" in text for text in lab.recorder.said))
        assert sum(map(len, lab.recorder.said)) < 4_000_000

    in_lab(body)


def test_a_step_that_calls_the_server_gets_its_answer(in_lab):
    async def body(lab):
        lab.write(
            "state",
            """
    async def handler(req, context):
        await context.state.set('g', 'k', {'n': 1})
        return {'status': 200, 'body': await context.state.get('g', 'k')}
    """,
        )
        await lab.load()
        assert await lab.text("state") == '{"n":1}'
        assert [name for name, _ in lab.recorder.calls] == ["state.set", "state.get"]

    in_lab(body)


def test_an_event_too_large_to_send_fails_that_event(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("event", COUNTED, "event")
        await lab.load()
        outcome = await lab.pool.invoke(Invocation("event", "event", "T", 5, data="x" * (65 << 20)))
        assert "over the limit" in outcome.failure.message
        assert await lab.text("ok") == "fine"

    in_lab(body)
