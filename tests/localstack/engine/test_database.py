"""The database: durable at the answer, one engine a folder, versions told apart, failures kept apart."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from localstack.engine.running import Recorder, engine, message, queue, until
from motia.errors import MotiaError, ProjectError
from motia_local.engine import Delivery, Engine, ManualClock, schema
from motia_local.engine.database import DATABASE_FILE, Database


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = ManualClock()
        specs = (queue(delay_s=0), queue("late", delay_s=60), queue("dead", max_retries=0))
        async with engine(tmp_path, *specs, clock=clock) as running:
            await running.state.set("g", "k", {"a": 1})
            await running.streams.set("s", "g", "1", {"a": 1})
            await running.events.publish([message(1), message(2, "late"), message(3, "dead")])

            async def fail(delivery: Delivery) -> None:
                raise ValueError("dead indeed")

            running.queues.consume("dead", fail)
            assert await running.queues.wait_idle(10)
        async with engine(tmp_path, *specs, clock=clock) as running:
            assert await running.state.get("g", "k") == {"a": 1}
            stored = {"a": 1, "id": "1", "_createdAt": 1_700_000_000_000}
            assert await running.streams.get("s", "g", "1") == stored
            assert [letter.error for letter in await running.queues.dead_letters("dead")] == ["dead indeed"]
            work, late = Recorder(), Recorder()
            running.queues.consume("work", work)
            running.queues.consume("late", late)
            await until(lambda: work.done == [1])
            assert not late.seen
            clock.advance(61)
            await until(lambda: late.done == [2])

    asyncio.run(scenario())


def test_an_attempt_that_a_stop_interrupted_counts_and_is_repeated_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with engine(tmp_path, queue()) as running:

            async def hang(delivery: Delivery) -> None:
                await asyncio.Event().wait()

            handler = Recorder(hang)
            running.queues.consume("work", handler)
            await running.events.publish([message("m")])
            await until(lambda: handler.active)
        async with engine(tmp_path, queue()) as running:
            handler = Recorder()
            running.queues.consume("work", handler)
            assert await running.queues.wait_idle(10)
            assert [(d.data, d.receive_count) for d in handler.deliveries] == [("m", 2)]

    asyncio.run(scenario())


def test_deduplication_outlives_the_process(tmp_path: Path) -> None:
    async def scenario() -> None:
        event = message("m", fifo=True, group_id="g", dedup_id="1")
        for _ in range(2):
            async with engine(tmp_path, queue(fifo=True)) as running:
                await running.events.publish([event])
        async with engine(tmp_path, queue(fifo=True)) as running:
            assert len(await running.queues.peek("work")) == 1

    asyncio.run(scenario())


def test_a_second_process_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from motia_local.engine import Engine\n"
        "async def main():\n"
        "    await Engine(pathlib.Path(sys.argv[1])).start()\n"
        "    print('running', flush=True)\n"
        "    await asyncio.to_thread(sys.stdin.read)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "running\n"
        with pytest.raises(ProjectError, match=rf"another process \(id {other.pid}\) already runs"):
            asyncio.run(Engine(tmp_path).start())
        other.kill()
        other.wait()

    async def scenario() -> None:
        async with engine(tmp_path):
            assert (tmp_path / "engine.lock").read_text() == str(os.getpid())

    asyncio.run(scenario())


def test_a_second_engine_in_the_same_process_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with engine(tmp_path):
            with pytest.raises(ProjectError, match="already runs"):
                await Engine(tmp_path).start()
        async with engine(tmp_path):
            pass

    asyncio.run(scenario())


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = (tmp_path / DATABASE_FILE).read_bytes()
    with pytest.raises(ProjectError, match=r"newer version of motia \(schema 99, this one knows \d+\)"):
        asyncio.run(Engine(tmp_path).start())
    assert (tmp_path / DATABASE_FILE).read_bytes() == before


def test_a_database_of_an_older_version_is_brought_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fill() -> None:
        async with engine(tmp_path) as running:
            await running.state.set("g", "k", 1)

    async def look() -> None:
        async with engine(tmp_path) as running:
            assert await running.state.get("g", "k") == 1

    asyncio.run(fill())
    released = len(schema.MIGRATIONS)
    later = "ALTER TABLE state ADD COLUMN note TEXT; CREATE TABLE extra (x);"
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, later])
    asyncio.run(look())
    asyncio.run(look())
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (released + 1,)


def test_every_older_version_keeps_its_data(tmp_path: Path) -> None:
    async def look() -> None:
        async with engine(tmp_path) as running:
            running.records.add_trace({"id": "t", "parentTraceId": "T", "name": "S", "status": "failed"})
            assert [group["status"] for group in await running.records.trace_groups()] == ["failed"]
            assert await running.state.get("g", "k") == 1

    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        connection.executescript(f"{schema.MIGRATIONS[0]} PRAGMA user_version = 1;")
        connection.execute("INSERT INTO state VALUES ('g', 'k', '1')")
        connection.execute(
            "INSERT INTO traces (id, trace_group, start_time, size, trace) VALUES ('old', 'O', 1, 2, '{}')"
        )
        connection.execute("INSERT INTO trace_groups VALUES ('O', 1, 'old')")
    asyncio.run(look())


def test_a_migration_that_breaks_off_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_and_close() -> None:
        async with engine(tmp_path):
            pass

    asyncio.run(open_and_close())
    broken = "CREATE TABLE extra (x); CREATE TABLE extra (x);"
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, broken])
    with pytest.raises(ProjectError, match="extra already exists"):
        asyncio.run(open_and_close())
    monkeypatch.undo()
    asyncio.run(open_and_close())


def test_an_sqlite_without_returning_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ProjectError, match=r"SQLite.*allowed: SQLite 3\.35 or newer"):
        asyncio.run(Engine(tmp_path).start())


@pytest.mark.parametrize("where", ["file", "database"])
def test_what_is_no_database_is_refused_with_a_remedy(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "motia"
    if where == "file":
        folder.write_text("in the way")
    else:
        folder.mkdir()
        (folder / DATABASE_FILE).write_bytes(b"this is not a database, but long enough to be read as one" * 100)
    with pytest.raises(ProjectError) as caught:
        asyncio.run(Engine(folder).start())
    assert str(folder) in (caught.value.where or "")
    assert caught.value.remedy


def test_an_engine_that_is_not_running_says_so() -> None:
    async def scenario() -> None:
        stopped = Engine(None)
        with pytest.raises(ProjectError, match="not running"):
            await stopped.state.get("g", "k")
        await stopped.start()
        await stopped.stop()
        await stopped.stop()
        with pytest.raises(ProjectError, match="not running"):
            await stopped.events.publish([message(1)])

    asyncio.run(scenario())


def test_an_operation_that_fails_fails_alone(tmp_path: Path) -> None:
    def insert(connection: sqlite3.Connection, n: int) -> int:
        connection.execute("INSERT INTO state VALUES ('g', ?, 'x')", (str(n),))
        if n == 3:
            raise ValueError("three")
        if n == 4:
            connection.execute("INSERT INTO nowhere VALUES (1)")
        return n

    async def scenario() -> None:
        database = Database(tmp_path)
        await database.start()
        committed: list[int] = []
        outcomes = await asyncio.gather(
            *(database.write(lambda c, n=n: insert(c, n), committed.append) for n in range(8)), return_exceptions=True
        )
        assert [o for o in outcomes if isinstance(o, int)] == committed == [0, 1, 2, 5, 6, 7]
        assert isinstance(outcomes[3], ValueError)
        assert isinstance(outcomes[4], MotiaError)
        assert "no such table" in str(outcomes[4])
        rows = await database.read(lambda c: c.execute("SELECT key FROM state ORDER BY key").fetchall())
        assert rows == [("0",), ("1",), ("2",), ("5",), ("6",), ("7",)]
        await database.stop()

    asyncio.run(scenario())


def test_a_full_disk_refuses_the_emit_and_is_overcome(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = Engine(tmp_path)
        await running.start()
        await running.queues.configure([queue()])
        handler = Recorder()
        running.queues.consume("work", handler)
        limit = running._database.write
        pages = await limit(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
        await limit(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
        with pytest.raises(ProjectError, match=r"disk is full.*check that the disk has space"):
            await running.events.publish([message("big" * 100_000)])
        running.records.add_log({"msg": "x" * 50_000})
        assert (await running.records.logs()).records == []
        await limit(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
        await running.events.publish([message("small")])
        running.records.add_log({"msg": "kept"})
        assert await running.queues.wait_idle(10)
        assert handler.seen == ["small"]
        assert [record["msg"] for record in (await running.records.logs()).records] == ["kept"]
        await running.stop()
        running.records.add_log({"msg": "after the end"})

    asyncio.run(scenario())


def test_a_file_that_was_large_shrinks(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with engine(tmp_path, queue()) as running:
            await running.events.publish([message("x" * 10_000) for _ in range(500)])
            await running.queues.purge("work")
        async with engine(tmp_path):
            pass
        assert (tmp_path / DATABASE_FILE).stat().st_size < 1_000_000

    asyncio.run(scenario())


def test_an_idle_engine_rests() -> None:
    """No queue is polled: with nothing to do the database hears nothing, whatever time passes."""

    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, *(queue(f"q{n}") for n in range(20)), clock=clock) as running:
            for n in range(20):
                running.queues.consume(f"q{n}", Recorder())
                await running.events.publish([message(n, f"q{n}")])
            assert await running.queues.wait_idle(10)
            clock.advance(60)
            await running.state.get("g", "k")
            statements: list[str] = []
            await running._database.write(lambda c: c.set_trace_callback(statements.append))
            clock.advance(200)
            for _ in range(5):
                await running._database.write(lambda c: None)
            assert [text for text in statements if text not in ("BEGIN", "COMMIT")] == []

    asyncio.run(scenario())


def test_operations_of_one_moment_share_a_transaction() -> None:
    def insert(connection: sqlite3.Connection, n: int) -> None:
        connection.execute("INSERT INTO state VALUES ('g', ?, 'x')", (str(n),))

    async def scenario() -> None:
        database = Database(None)
        await database.start()
        statements: list[str] = []
        await database.write(lambda c: c.set_trace_callback(statements.append))
        await asyncio.gather(*(database.write(lambda c, n=n: insert(c, n)) for n in range(100)))
        assert len([text for text in statements if text.startswith("INSERT")]) == 100
        assert statements.count("COMMIT") == 2, "the tracer's own, and one for a hundred"
        await database.stop()

    asyncio.run(scenario())


def test_an_answered_write_is_seen_by_a_reader_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with engine(tmp_path) as running:
            for n in range(50):
                await running.state.set("g", f"{n:02}", n)
                assert len(await running.state.keys("g")) == n + 1

    asyncio.run(scenario())


def test_writes_handed_in_before_a_stop_are_kept(tmp_path: Path) -> None:
    async def scenario() -> None:
        running = Engine(tmp_path)
        await running.start()
        tasks = [asyncio.ensure_future(running.state.set("g", str(n), n)) for n in range(100)]
        await asyncio.sleep(0)
        await running.stop()
        await asyncio.gather(*tasks)
        async with engine(tmp_path) as again:
            assert len(await again.state.get_group("g")) == 100

    asyncio.run(scenario())


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_start_that_is_cancelled_leaves_no_thread_and_disturbs_nobody(tmp_path: Path, turns: int) -> None:
    before = set(threading.enumerate())  # servers that other tests share may run in this process

    async def scenario() -> None:
        disturbed: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: disturbed.append(context))
        database = Database(tmp_path)
        starting = asyncio.create_task(database.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        await database.stop()
        left = set(threading.enumerate()) - before
        assert not [thread for thread in left if thread.name.startswith("motia-engine")]
        assert not disturbed

    asyncio.run(scenario())
