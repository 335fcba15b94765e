"""`motia dev` with TypeScript: what is saved is served at once, and nothing is lost on the way."""

import contextlib
import json
import signal
import threading
import time

import pytest

from motia_process import MotiaProcess, alive
from waiting import eventually

STEP = """
export const config = {{ type: 'api', name: '{name}', method: 'GET', path: '{path}', emits: [] }} as const
export const handler = async (req: any, ctx: any) => ({{ status: 200, body: {body} }})
"""


class NodeProject(MotiaProcess):
    def step(self, name, body, path=None):
        self.write(f"steps/{name}.step.ts", STEP.format(name=name, body=body, path=path or f"/{name}"))


@pytest.fixture
def dev(tmp_path):
    made = NodeProject(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_a_saved_step_is_served_and_said(dev):
    dev.step("hello", "'one'")
    dev.start()
    assert dev.get("/hello") == (200, "one")
    dev.step("hello", "'two'")
    dev.serves("/hello", "two")
    assert dev.says(r"steps/hello.step.ts saved \(\d+ ms\)")


def test_helpers_settings_and_data_count_as_part_of_every_step_that_imports_them(dev):
    dev.write("tsconfig.json", '{"compilerOptions": {"paths": {"@lib/*": ["./src/one/*"]}}}')
    dev.write("src/one/words.ts", "export const WORD = 'one'\n")
    dev.write("src/two/words.ts", "export const WORD = 'other'\n")
    dev.write("src/data.json", '{"n": 1}')
    dev.write("src/unused.json", "{}")
    dev.write(
        "steps/hello.step.ts",
        "import { WORD } from '@lib/words'\nimport data from '../src/data.json'\ndeclare const MARK: string\n"
        + STEP.format(name="hello", path="/hello", body="WORD + data.n + (typeof MARK === 'string' ? MARK : '')"),
    )
    dev.start()
    assert dev.get("/hello") == (200, "one1")
    for word in ("two", "six", "ten"):
        dev.write("src/one/words.ts", f"export const WORD = '{word}'\n")
        dev.serves("/hello", f"{word}1")
    dev.write("src/data.json", '{"n": 2}')
    dev.serves("/hello", "ten2")
    dev.write("tsconfig.json", '{"compilerOptions": {"paths": {"@lib/*": ["./src/two/*"]}}}')
    dev.serves("/hello", "other2")
    dev.write("esbuild.config.json", """{"define": {"MARK": "'!'"}}""")
    dev.serves("/hello", "other2!")
    said = len(dev.lines)
    dev.write("src/unused.json", '{"of": "nobody"}')
    dev.write("notes/script.js", "console.log(1)\n")
    dev.step("hello", "'last'")
    dev.serves("/hello", "last")
    assert not [line for line in dev.lines[said:] if "unused.json" in line]


def test_files_that_a_step_includes_count_as_part_of_it(dev):
    """And of no Step in another language: its workers stay."""
    dev.write("prices.txt", "1")
    dev.write(
        "steps/hello.step.ts",
        """
        import { readFileSync } from 'node:fs'
        const PRICES = readFileSync(new URL('../prices.txt', import.meta.url), 'utf8')
        export const config = {
          type: 'api', name: 'hello', method: 'GET', path: '/hello', emits: [], includeFiles: ['../prices.txt'],
        } as const
        export const handler = async () => ({ status: 200, body: PRICES })
        """,
    )
    dev.write(
        "steps/who_step.py",
        """
        import os
        config = {"type": "api", "name": "who", "method": "GET", "path": "/who", "emits": []}
        async def handler(req, context):
            return {"status": 200, "body": str(os.getpid())}
        """,
    )
    dev.start()
    who = dev.get("/who")
    for prices in ("2", "3"):
        dev.write("prices.txt", prices)
        dev.serves("/hello", prices)
    assert dev.get("/who") == who


def test_a_package_that_is_linked_from_outside_is_part_of_the_project(tmp_path):
    app = NodeProject(tmp_path / "apps/shop")
    app.write("../../packages/lib/package.json", '{"name": "lib", "main": "src/main.ts"}')
    app.write("../../packages/lib/src/main.ts", "export { WORD } from './deep/words'\n")
    app.write("../../packages/lib/src/deep/words.ts", "export const WORD = 'one'\n")
    (app.root / "node_modules").mkdir(parents=True)
    (app.root / "node_modules/lib").symlink_to(tmp_path / "packages/lib")
    app.write(
        "steps/hello.step.ts", "import { WORD } from 'lib'\n" + STEP.format(name="hello", path="/hello", body="WORD")
    )
    app.start()
    try:
        assert app.get("/hello") == (200, "one")
        for word in ("two", "six"):
            app.write("../../packages/lib/src/deep/words.ts", f"export const WORD = '{word}'\n")
            app.serves("/hello", word)
        assert app.says(r"\.\./\.\./packages/lib/src/deep/words.ts saved")
        app.write("../../packages/lib/src/main.ts", "export const WORD = 'ten'\n")
        app.serves("/hello", "ten")
        app.write("../../packages/lib/src/main.ts", "export { WORD } from './new'\n")
        app.says(r"no file './new' is found")
        app.write("../../packages/lib/src/new.ts", "export const WORD = 'new'\n")
        app.serves("/hello", "new")
    finally:
        app.stop()


def test_an_import_by_a_computed_name_that_finds_nothing_shows_no_compiled_file(dev):
    dev.write("src/words/one.ts", "export default 'one'\n")
    body = "(await import(`../src/words/${{req.queryParams.word}}.ts`)).default"
    dev.write("steps/hello.step.ts", STEP.replace("{body}", body).format(name="hello", path="/hello"))
    dev.write("steps/other.step.ts", STEP.replace("{body}", body).format(name="other", path="/other"))
    dev.start()
    assert dev.get("/hello?word=one") == (200, "one")
    assert dev.get("/hello?word=two")[0] == 500
    dev.says(r"steps/hello\.step\.ts:3")
    assert dev.said("Module not found in bundle")
    assert not dev.said(r"\.mjs")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("export const config = {\n", r"the file is not valid TypeScript"),
        pytest.param(
            "import { x } from './nothing'\nexport const y = x\n",
            r"no file './nothing' is found",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "import { z } from 'no-such-package'\nexport const y = z\n",
            r"no package 'no-such-package' is found",
            marks=pytest.mark.slow,
        ),
        ("throw new RangeError('not today')\n", r"RangeError: not today"),
        pytest.param(
            "process.exit(3)\n",
            r"the file ends the process when it is imported: process.exit\(3\)",
            marks=pytest.mark.slow,
        ),
        ("process.abort()\n", r"SIGABRT"),
    ],
)
def test_a_broken_file_leaves_what_was_there_until_it_is_whole(dev, broken, said):
    dev.step("hello", "'good'")
    dev.step("other", "'other'")
    dev.start()
    dev.write("steps/hello.step.ts", broken)
    assert dev.says(rf"steps/hello.step.ts: .*{said}.*the version before it is still served")
    assert dev.get("/hello") == (200, "good")
    dev.step("other", "'changed'")
    dev.serves("/other", "changed")
    assert dev.get("/hello") == (200, "good")
    dev.step("hello", "'whole'")
    dev.serves("/hello", "whole")


@pytest.mark.slow
def test_a_broken_helper_leaves_what_was_there(dev):
    dev.write("src/helper.ts", "export const WORD = 'good'\n")
    dev.write(
        "steps/hello.step.ts",
        "import { WORD } from '../src/helper.ts'\n" + STEP.format(name="hello", path="/hello", body="WORD"),
    )
    dev.start()
    dev.write("src/helper.ts", "export const WORD: string = (null as any).word\n")
    dev.says(r"steps/hello.step.ts: .*TypeError")
    assert dev.get("/hello") == (200, "good")
    dev.write("src/helper.ts", "export const WORD = 'whole'\n")
    dev.serves("/hello", "whole")


@pytest.mark.slow
def test_new_renamed_and_removed_files(dev):
    dev.step("hello", "'one'")
    dev.start()
    dev.step("fresh", "'fresh'")
    dev.serves("/fresh", "fresh")
    dev.says(r"steps/fresh.step.ts added: fresh GET /fresh")
    (dev.root / "steps/fresh.step.ts").rename(dev.root / "steps/newer.step.ts")
    dev.says(r"steps/fresh.step.ts is steps/newer.step.ts now")
    dev.serves("/fresh", "fresh")
    (dev.root / "steps/newer.step.ts").unlink()
    dev.says(r"steps/newer.step.ts removed: fresh GET /fresh is gone")
    dev.serves("/fresh", '{"message":"Not Found"}', status=404)


@pytest.mark.slow
def test_a_missing_helper_may_be_written_afterwards(dev):
    dev.step("hello", "'one'")
    dev.start()
    dev.write(
        "steps/late.step.ts",
        "import data from '../src/late.json'\n" + STEP.format(name="late", path="/late", body="data.word"),
    )
    dev.says("no file '../src/late.json' is found")
    dev.write("src/late.json", '{"word": "here"}')
    dev.serves("/late", "here")


def test_a_project_may_begin_empty_and_grow_a_language_at_a_time(dev):
    dev.start()
    dev.says("there are no Steps yet")
    dev.step("hello", "'typescript'")
    dev.serves("/hello", "typescript")
    dev.write(
        "steps/java.step.js",
        STEP.format(name="java", path="/java", body="'javascript'").replace(": any", "").replace(" as const", ""),
    )
    dev.serves("/java", "javascript")
    MotiaProcess.step(dev, "snake", "'python'")
    dev.serves("/snake", "python")
    assert dev.get("/hello") == (200, "typescript")


def test_the_environment_file_takes_effect_when_it_is_saved(dev):
    dev.write(".env", "GREETING=hello\n")
    dev.step("hello", "process.env.GREETING ?? 'none'")
    dev.start()
    assert dev.get("/hello") == (200, "hello")
    dev.write(".env", "GREETING=good day\n")
    dev.serves("/hello", "good day")


@pytest.mark.slow
def test_no_request_is_lost_while_files_are_saved(dev):
    dev.step("hello", "'0'")
    dev.start()
    seen = []
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            seen.append(dev.get("/hello"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    dev.serves("/hello", "0")
    for thread in threads:
        thread.start()
    for number in range(1, 8):
        dev.step("hello", f"'{number}'")
        dev.serves("/hello", str(number))
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, _ in seen} == {200}
    assert {body for _, body in seen} <= {str(number) for number in range(8)}
    assert len({body for _, body in seen}) > 1


def test_events_wait_for_the_step_that_is_being_saved(dev):
    def save(version):
        dev.write(
            "steps/worker.step.ts",
            f"""
            export const config = {{ type: 'event', name: 'worker', subscribes: ['work'], emits: [] }} as const
            export const handler = async (data: any, ctx: any) => ctx.state.set('done', String(data), {version})
            """,
        )

    save(0)
    dev.step("done", "await ctx.state.getGroup('done')")
    dev.start()
    for number in range(60):
        dev.emit("work", number)
        if number % 20 == 10:
            save(number)
    eventually(lambda: len(json.loads(dev.get("/done")[1])) == 60)


def test_a_save_in_one_language_leaves_the_workers_of_the_other_alone(dev):
    dev.step("hello", "process.pid")
    MotiaProcess.step(dev, "snake", "__import__('os').getpid()")
    dev.start()
    snakes = {dev.get("/snake")[1] for _ in range(20)}
    dev.step("hello", "'saved'")
    dev.serves("/hello", "saved")
    assert {dev.get("/snake")[1] for _ in range(20)} <= snakes


def test_a_save_is_served_by_the_spare_without_a_new_process_to_wait_for(dev):
    dev.step("hello", "'0'")
    dev.start()
    took = []
    for number in range(1, 8):
        eventually(lambda: len(dev.children()) >= 5)  # two workers, the spare, the compiler and esbuild
        began = time.monotonic()
        dev.step("hello", f"'{number}'")
        while dev.get("/hello") != (200, str(number)):
            assert time.monotonic() - began < 10
        took.append(time.monotonic() - began)
    assert min(took) < 2, took  # 150 ms on a machine that does nothing else


def ask_in_vain(dev):
    with contextlib.suppress(OSError):
        dev.get("/hello")


@pytest.mark.parametrize("body", ["'idle'", "(() => { for (;;); })()"])
def test_a_server_that_is_killed_leaves_no_process_and_no_compiled_file(dev, body):
    dev.step("hello", body)
    dev.start()
    if body != "'idle'":
        threading.Thread(target=ask_in_vain, args=(dev,), daemon=True).start()
        assert dev.says("blocks its worker's event loop")
    children = eventually(lambda: found if len(found := dev.children()) >= 5 else None)
    dev.stop(signal.SIGKILL)
    eventually(lambda: not [pid for pid in children if alive(pid)])
    assert not list((dev.root / ".motia/compiled").iterdir())


def test_a_server_that_stops_leaves_no_process_and_no_compiled_file(dev):
    dev.step("hello", "'idle'")
    dev.start()
    children = dev.children()
    assert dev.stop() == 0
    eventually(lambda: not [pid for pid in children if alive(pid)])
    assert not list((dev.root / ".motia/compiled").iterdir())


def test_what_comes_while_the_server_reloads_is_served_next(dev):
    dev.step("hello", "'one'")
    dev.start()
    assert dev.get("/hello") == (200, "one")
    late = STEP.format(name="late", path="/late", body="process.env.LATE")
    dev.write("src/data.json", '{"n": 1}')
    dev.write(
        "steps/hello.step.ts",
        "import { existsSync, writeFileSync } from 'node:fs'\nimport data from '../src/data.json'\n"
        "if (!existsSync('.env')) {\n"
        f"  writeFileSync('steps/late.step.ts', {json.dumps(late)})\n  writeFileSync('.env', 'LATE=come')\n}}\n"
        + STEP.format(name="hello", path="/hello", body="`${data.n} ${process.env.LATE}`"),
    )
    dev.serves("/late", "come")
    dev.serves("/hello", "1 come")
    assert not [line for line in dev.lines if "was not read" in line]


def test_a_top_level_await_that_does_not_end_is_said_and_keeps_no_save_waiting(dev):
    dev.step("hello", "'one'")
    dev.write("steps/waits.step.ts", "await new Promise(() => {})\n")
    dev.start(within_s=60)
    assert dev.said(r"steps/waits.step.ts: importing the file does not end: a top-level `await`")
    assert dev.get("/hello") == (200, "one")
    dev.step("hello", "'two'")
    dev.serves("/hello", "two")
    dev.step("waits", "'ended'")
    dev.serves("/waits", "ended")
    dev.write("steps/waits.step.ts", "for (;;);\n")
    dev.says(r"steps/waits.step.ts: importing it takes long")
    dev.step("waits", "'again'")
    dev.serves("/waits", "again")
