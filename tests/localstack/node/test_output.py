"""What TypeScript Steps print and log: marked with who did it, bounded, with the lines of the source."""

import asyncio

OK = "export const handler = async () => ({ status: 200, body: 'fine' })\n"
SLEEP = "const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))\n"


def step(body: str) -> str:
    return f"{SLEEP}export const handler = async (req: any, ctx: any) => {{\n{body}\n}}\n"


def test_fifty_megabytes_of_output_slow_nobody(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write(
            "loud",
            "import { writeSync } from 'node:fs'\n"
            + step(
                """
                for (let i = 0; i < 400; i += 1) console.log('x'.repeat(127))
                const block = Buffer.from(('y'.repeat(127) + '\\n').repeat(1000))
                for (let i = 0; i < 400; i += 1) { writeSync(1, block); await null }
                console.error('z'.repeat(1000))
                return { status: 200, body: 'done' }"""
            ),
        )
        await lab.load()
        await lab.settled()
        loud = lab.run("loud")
        assert await asyncio.wait_for(lab.text("ok"), 3) == "fine"
        assert (await loud).response.body == b"done"
        await lab.until(lambda: any("lines of output were dropped" in line.text for line in lab.recorder.lines))
        assert sum(len(line.text) for line in lab.recorder.lines) < 4_000_000

    in_lab(body)


def test_a_flood_of_logs_is_bounded(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("logs", step("for (;;) ctx.logger.info('x'.repeat(1000))"))
        await lab.load()
        await lab.settled()
        flood = lab.run("logs", timeout_s=2)
        assert await asyncio.wait_for(lab.text("ok"), 3) == "fine"
        assert (await flood).failure.kind == "timeout"
        assert len(lab.recorder.logs) < 25_000

    in_lab(body)


def test_lines_printed_carry_the_step_and_its_trace(in_lab):
    async def body(lab):
        lab.write(
            "prints",
            "import { execSync } from 'node:child_process'\n"
            + step(
                """
                console.log('one\\ntwo')
                await sleep(10)
                console.error('error %d', 3)
                process.stdout.write('open')
                execSync('echo below', { stdio: 'inherit' })
                return { status: 200 }"""
            ),
        )
        await lab.load()
        await lab.text("prints")
        await lab.until(lambda: len(lab.recorder.lines) == 5)
        found = {(line.text, line.step, line.trace_id) for line in lab.recorder.lines}
        known = ("prints", "TRACE-prints")
        assert found == {
            ("one", *known),
            ("two", *known),
            ("error 3", *known),
            ("open", *known),
            ("below", None, None),
        }

    in_lab(body)


def test_lines_printed_and_logged_come_in_the_order_they_were_written_in(in_lab):
    async def body(lab):
        lab.write(
            "talks",
            step(
                """
                console.log('1')
                ctx.logger.info('2')
                console.log('3')
                process.stdout.write('4\\n5')
                await sleep(10)
                ctx.logger.info('6')
                console.error('7')
                process.stdout.write('.')"""
            ),
            "event",
        )
        await lab.load()
        for turn in range(1, 4):
            assert (await lab.run("talks")).failure is None
            assert lab.recorder.said == ["1", "2", "3", "4", "6", "7", "5."] * turn

    in_lab(body)


def test_what_was_printed_before_a_process_is_killed_is_not_lost(in_lab):
    async def body(lab):
        lab.write("dies", step("ctx.logger.info('1'); console.log('2'); process.kill(process.pid, 'SIGKILL')"), "event")
        await lab.load()
        assert (await lab.run("dies")).failure.kind == "crash"
        assert lab.recorder.said == ["1", "2"]

    in_lab(body)


def test_a_flood_of_lines_slows_nobody(in_lab):
    async def body(lab):
        lab.write("ok", OK)
        lab.write("loud", step("for (;;) console.log('x'.repeat(100))"))
        await lab.load()
        await lab.settled()
        loud = lab.run("loud", timeout_s=2)
        for _ in range(20):
            assert await asyncio.wait_for(lab.text("ok"), 1) == "fine"
        assert (await loud).failure.kind == "timeout"
        await lab.until(lambda: any("lines of output were dropped" in text for text in lab.recorder.said))
        assert sum(map(len, lab.recorder.said)) < 4_000_000

    in_lab(body)


def test_lines_of_runs_at_a_time_are_told_apart(in_lab):
    async def body(lab):
        lab.pool.fleet.size = 1
        for name in ("one", "two"):
            lab.write(
                name, step(f"for (let i = 0; i < 20; i += 1) {{ console.log('{name}'); await sleep(1) }}"), "event"
            )
        await lab.load()
        await asyncio.gather(lab.run("one"), lab.run("two"))
        assert len(lab.recorder.lines) == 40
        assert all(line.text == line.step for line in lab.recorder.lines)

    in_lab(body)


def test_an_error_shows_the_lines_of_the_source(in_lab):
    async def body(lab):
        lab.write("fails", "interface Order { id: string }\n\n" + step("  throw new TypeError('bad order')"), "event")
        await lab.load()
        failure = (await lab.run("fails")).failure
        assert (failure.type, failure.message) == ("TypeError", "bad order")
        assert "steps/fails.step.ts:6:" in failure.stack
        assert "node_worker" not in failure.stack
        assert "runtime/node" not in failure.stack
        assert "node:internal" not in failure.stack

    in_lab(body)
