"""Logs and traces: found again, bounded in number, bytes and age, harmless whatever they hold."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from localstack.engine.running import engine
from motia_local.engine import Limits, ManualClock
from motia_local.engine.record_codec import LONGEST_LOG, LONGEST_TRACE


def log(n: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(n), "traceId": "T", "flows": [], "step": "S", "level": "info", "time": n, "msg": f"m{n}"} | fields


def trace(n: int, group: str = "T", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"t{n}",
        "name": f"Step{n}",
        "parentTraceId": group,
        "status": "running",
        "startTime": n,
        "entryPoint": {"type": "api", "stepName": f"Step{n}"},
        "events": [],
    } | fields


def test_log_records_come_back_whole_and_in_order() -> None:
    async def scenario() -> None:
        async with engine(None, limits=Limits(max_age_s=1e12)) as running:
            sent = [log(n, extra={"n": n}) for n in range(700)]
            for record in sent:
                running.records.add_log(record)
            page = await running.records.logs(limit=1000)
            assert page.records == sent
            assert (await running.records.logs(limit=3)).records == sent[-3:]

    asyncio.run(scenario())


def test_logs_are_found_by_trace_step_level_and_time() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            running.records.add_log(log(1, traceId="A"))
            running.records.add_log(log(2, step="Other"))
            running.records.add_log(log(3, level="error"))
            running.records.add_log(log(4, level="error", traceId="A"))
            for query, expected in [
                ({"trace_id": "A"}, ["1", "4"]),
                ({"step": "Other"}, ["2"]),
                ({"level": "error"}, ["3", "4"]),
                ({"level": "error", "trace_id": "A"}, ["4"]),
                ({"level": ("error", "info"), "step": "S"}, ["1", "3", "4"]),
                ({"level": ()}, []),
                ({"since": 3}, ["3", "4"]),
                ({"trace_id": "none"}, []),
            ]:
                page = await running.records.logs(**query)  # type: ignore[arg-type]
                assert [record["id"] for record in page.records] == expected

    asyncio.run(scenario())


def test_a_cursor_follows_the_logs() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            seen: list[str] = []
            page = await running.records.logs()
            for start in (0, 50, 100):
                for n in range(start, start + 50):
                    running.records.add_log(log(n))
                while True:
                    page = await running.records.logs(after=page.cursor, limit=20)
                    seen += [record["id"] for record in page.records]
                    if not page.records:
                        break
            assert seen == [str(n) for n in range(150)]

    asyncio.run(scenario())


def test_the_number_of_log_records_is_bounded() -> None:
    async def scenario() -> None:
        async with engine(None, limits=Limits(logs=200)) as running:
            for n in range(3000):
                running.records.add_log(log(n))
                if n % 50 == 0:
                    await running.records.flush()
            records = (await running.records.logs(limit=9999)).records
            assert 180 <= len(records) <= 220
            assert [record["id"] for record in records] == [str(n) for n in range(3000 - len(records), 3000)]

    asyncio.run(scenario())


def test_the_bytes_of_log_records_and_traces_are_bounded() -> None:
    async def scenario() -> None:
        async with engine(None, limits=Limits(log_bytes=100_000, trace_bytes=100_000)) as running:
            for n in range(300):
                running.records.add_log(log(n, pad="x" * 1000))
                running.records.add_trace(trace(n, f"G{n}", pad="x" * 1000))
                await running.records.flush()
            records = (await running.records.logs(limit=9999)).records
            assert 80_000 <= len(json.dumps(records)) <= 120_000
            groups = await running.records.trace_groups(limit=9999)
            assert 70 <= len(groups) <= 110
            for group in groups:
                assert len(await running.records.traces(group["id"])) == 1

    asyncio.run(scenario())


def test_what_is_older_than_three_days_goes() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, clock=clock) as running:
            now = int(clock.now() * 1000)
            running.records.add_log(log(1, time=now))
            running.records.add_trace(trace(1, "Old", startTime=now))
            clock.advance(3 * 86_400 - 400)
            running.records.add_log(log(2, time=int(clock.now() * 1000)))
            running.records.add_trace(trace(2, "New", startTime=int(clock.now() * 1000)))
            await running.records.tidy()
            assert len((await running.records.logs()).records) == 2
            clock.advance(401)
            await running.records.tidy()
            assert [record["id"] for record in (await running.records.logs()).records] == ["2"]
            assert [group["id"] for group in await running.records.trace_groups()] == ["New"]
            assert await running.records.traces("Old") == []

    asyncio.run(scenario())


def test_a_trace_is_replaced_by_its_later_form_and_its_group_opens_once() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            records = running.records
            records.add_trace(trace(1))
            records.add_trace(trace(2))
            await records.flush()
            done = trace(1, status="completed", endTime=9, events=[{"type": "log", "timestamp": 5}])
            records.add_trace(done)
            assert await records.traces("T") == [done, trace(2)]
            (group,) = await records.trace_groups()
            assert group == {
                "id": "T",
                "name": "Step1",
                "startTime": 1,
                "endTime": None,
                "status": "running",
                "traces": 2,
            }
            assert await records.traces("other") == []

    asyncio.run(scenario())


def test_trace_groups_come_newest_first() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for n in range(10):
                running.records.add_trace(trace(n, f"G{n}"))
            groups = await running.records.trace_groups(limit=3)
            assert [group["id"] for group in groups] == ["G9", "G8", "G7"]
            assert len(await running.records.trace_groups(since=5)) == 5

    asyncio.run(scenario())


def test_trace_groups_are_found_by_step_and_status_and_paged() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            records = running.records
            for n, status in enumerate(["completed", "failed", "running", "completed"]):
                end = {} if status == "running" else {"endTime": 10 + n}
                records.add_trace(trace(n, f"G{n}", status=status, **end))
            records.add_trace(trace(9, "G3", status="completed", endTime=20))

            async def ids(**query: Any) -> list[str]:
                return [group["id"] for group in await records.trace_groups(**query)]

            assert await ids() == ["G3", "G2", "G1", "G0"]
            assert await ids(status="completed") == ["G3", "G0"]
            assert await ids(status="failed") == ["G1"]
            assert await ids(status="running") == ["G2"]
            assert await ids(step="Step9") == ["G3"]
            assert await ids(step="Step1", status="running") == []
            assert await ids(before=(2, "G2"), limit=1) == ["G1"]
            newest = (await records.trace_groups(limit=1))[0]
            assert (newest["endTime"], newest["traces"], newest["status"]) == (20, 2, "completed")
            records.add_trace(trace(2, "G2", status="failed", endTime=30))
            assert await ids(status="failed") == ["G2", "G1"]

    asyncio.run(scenario())


def test_a_cursor_passes_what_does_not_match_and_outlives_a_clearing() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            records = running.records
            for n in range(10):
                records.add_log(log(n))
            page = await records.logs(level="error")
            assert (page.records, page.cursor) == ([], 10)
            await records.clear_logs()
            page = await records.logs(after=page.cursor)
            assert (page.records, page.cursor) == ([], 10)
            records.add_log(log(11, level="error"))
            page = await records.logs(after=page.cursor, level="error")
            assert [record["id"] for record in page.records] == ["11"]

    asyncio.run(scenario())


def test_earlier_records_are_found_page_by_page() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for n in range(25):
                running.records.add_log(log(n))
            seen: list[str] = []
            page = await running.records.logs(limit=10)
            while True:
                seen = [record["id"] for record in page.records] + seen
                if page.before is None:
                    break
                page = await running.records.logs(limit=10, before=page.before)
            assert seen == [str(n) for n in range(25)]

    asyncio.run(scenario())


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("no")


LOOP: list[Any] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, object(), Unprintable(), LOOP, b"x", {(1, 2): 3}, "\ud800"]
)
def test_no_record_is_too_strange_to_be_kept(value: Any) -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            running.records.add_log(log(1, strange=value))
            running.records.add_trace(trace(1, strange=value))
            (kept,) = (await running.records.logs()).records
            assert kept["msg"] == "m1"
            (kept,) = await running.records.traces("T")
            assert kept["name"] == "Step1"

    asyncio.run(scenario())


def test_records_without_their_fields_get_what_they_need() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        async with engine(None, clock=clock) as running:
            running.records.add_log({"msg": "hi"})
            (kept,) = (await running.records.logs()).records
            assert kept["msg"] == "hi"
            assert kept["time"] == int(clock.now() * 1000)
            assert len(kept["id"]) == 36
            running.records.add_trace({})
            assert len(await running.records.trace_groups()) == 1

    asyncio.run(scenario())


def test_too_long_a_record_is_shortened() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            running.records.add_log(log(1, msg="m" * 100_000, big=["x" * 100] * 10_000, small=1))
            (kept,) = (await running.records.logs()).records
            assert kept["truncated"] is True
            assert (kept["small"], kept["step"], "big" in kept) == (1, "S", False)
            assert len(json.dumps(kept)) <= LONGEST_LOG
            event = {"type": "log", "text": "x" * 1000}
            running.records.add_trace(trace(1, events=[event] * 5000))
            (kept,) = await running.records.traces("T")
            assert kept["truncated"] is True
            assert 0 < len(kept["events"]) < 5000
            assert len(json.dumps(kept)) <= LONGEST_TRACE

    asyncio.run(scenario())


def test_records_can_be_cleared() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            running.records.add_log(log(1))
            running.records.add_trace(trace(1))
            await running.records.clear_logs()
            await running.records.clear_traces()
            assert (await running.records.logs()).records == []
            assert await running.records.trace_groups() == []
            running.records.add_log(log(2))
            assert len((await running.records.logs()).records) == 1

    asyncio.run(scenario())


def test_records_are_written_at_a_stop_and_counted_at_the_next_start(tmp_path: Path) -> None:
    async def scenario() -> None:
        limits = Limits(logs=50, max_age_s=1e12)
        for start in range(0, 100, 20):
            async with engine(tmp_path, limits=limits) as running:
                for n in range(start, start + 20):
                    running.records.add_log(log(n))
        async with engine(tmp_path, limits=limits) as running:
            records = (await running.records.logs(limit=1000)).records
            assert [record["id"] for record in records][-1] == "99"
            assert 45 <= len(records) <= 55

    asyncio.run(scenario())


def test_a_flood_of_records_is_bounded_in_memory() -> None:
    async def scenario() -> None:
        async with engine(None) as running:
            for n in range(45_000):
                running.records.add_log(log(n))
            assert 20_000 <= running.records.dropped < 45_000
            records = (await running.records.logs(limit=1)).records
            assert records[0]["id"] == "44999"

    asyncio.run(scenario())
