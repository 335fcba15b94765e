"""No message overtakes another of its group, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from motia.aws.fifo import FifoLane
from motia.aws.outgoing import Outgoing
from motia.aws.sqs import MAX_BYTES, Entry
from motia.errors import AwsError, EmitError

PASSING = AwsError("busy", service="sqs", code="InternalError", status=500)
FINAL = AwsError("bad", service="sqs", code="InvalidMessageContents", status=400)
Send = Callable[[list[Outgoing]], Awaitable[dict[int, AwsError]]]


class Queue:
    """Accepts what `fate` lets pass: for every entry of every call True, or an error; None fails the call."""

    def __init__(self, fate: Callable[[], Any]) -> None:
        self.fate = fate
        self.accepted: list[str] = []
        self.calls: list[list[str]] = []

    async def send(self, batch: list[Outgoing]) -> dict[int, AwsError]:
        await asyncio.sleep(0)
        self.calls.append([item.entry.body for item in batch])
        failed: dict[int, AwsError] = {}
        for index, item in enumerate(batch):
            verdict = self.fate()
            if verdict is None:
                raise PASSING
            if verdict is True:
                self.accepted.append(item.entry.body)
            else:
                failed[index] = verdict
        return failed


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


def message(body: str, group: str) -> Outgoing:
    return Outgoing(Entry(body, group_id=group, dedup_id=body), asyncio.get_running_loop().create_future())


async def deliver(queue: Queue, messages: list[tuple[str, str]]) -> tuple[list[Outgoing], list[Any]]:
    lane = FifoLane(queue.send, no_pause)
    outgoing = [message(body, group) for body, group in messages]
    for item in outgoing:
        lane.add(item)
    await lane.drain()
    return outgoing, await asyncio.gather(*[item.future for item in outgoing], return_exceptions=True)


def always() -> bool:
    return True


def test_a_batch_holds_one_message_of_a_group() -> None:
    queue = Queue(always)
    messages = [(f"{group}{n}", group) for n in range(3) for group in "abc"]
    asyncio.run(deliver(queue, messages))
    assert queue.calls == [["a0", "b0", "c0"], ["a1", "b1", "c1"], ["a2", "b2", "c2"]]


def test_many_groups_share_batches_of_ten_and_none_starves() -> None:
    queue = Queue(always)
    asyncio.run(deliver(queue, [(f"{group}-{n}", f"{group}") for group in range(25) for n in range(2)]))
    assert max(map(len, queue.calls)) == 10
    assert len(queue.calls) == 5
    first_round = {body.split("-")[0] for call in queue.calls[:3] for body in call}
    assert len(first_round) == 25


def test_a_batch_keeps_to_the_size_limit() -> None:
    queue = Queue(always)
    big = "x" * (MAX_BYTES // 2)
    asyncio.run(deliver(queue, [(f"{n}{big}"[: MAX_BYTES // 2], f"g{n}") for n in range(5)]))
    assert [len(call) for call in queue.calls] == [2, 2, 1]


def test_a_passing_failure_holds_back_its_group_only() -> None:
    fates = iter([PASSING, True, *[True] * 10])
    queue = Queue(lambda: next(fates))
    _, results = asyncio.run(deliver(queue, [("a0", "a"), ("a1", "a"), ("b0", "b"), ("b1", "b")]))
    assert results == [None] * 4
    assert queue.calls == [["a0", "b0"], ["a0", "b1"], ["a1"]]


def test_a_final_failure_takes_the_rest_of_its_group_with_it() -> None:
    fates = iter([FINAL, True, True])
    queue = Queue(lambda: next(fates))
    _, results = asyncio.run(deliver(queue, [("a0", "a"), ("a1", "a"), ("b0", "b"), ("b1", "b")]))
    assert results[0] is FINAL
    assert isinstance(results[1], EmitError)
    assert "earlier event of message group 'a'" in results[1].what
    assert results[2:] == [None, None]
    assert queue.accepted == ["b0", "b1"]


def test_five_failures_of_one_message_are_final() -> None:
    queue = Queue(lambda: PASSING)
    _, results = asyncio.run(deliver(queue, [("a0", "a")]))
    assert results == [PASSING]
    assert len(queue.calls) == 5


def test_messages_added_while_others_travel_wait_their_turn() -> None:
    async def check() -> None:
        queue = Queue(always)
        lane = FifoLane(queue.send, no_pause)
        first, second = message("a0", "a"), message("a1", "a")
        lane.add(first)
        draining = asyncio.create_task(lane.drain())
        await asyncio.sleep(0)
        lane.add(second)
        await lane.drain()  # another is at it already
        await draining
        assert queue.calls == [["a0"], ["a1"]]
        assert second.future.done()

    asyncio.run(check())


def test_a_message_whose_emitter_was_cancelled_is_left_out() -> None:
    async def check() -> None:
        queue = Queue(always)
        lane = FifoLane(queue.send, no_pause)
        messages = [message(f"a{n}", "a") for n in range(3)]
        for item in messages:
            lane.add(item)
        messages[1].future.cancel()
        await lane.drain()
        assert queue.accepted == ["a0", "a2"]

    asyncio.run(check())


@settings(max_examples=300, deadline=None)
@given(groups=st.lists(st.sampled_from("abcdefghijklm"), min_size=1, max_size=40), random=st.randoms())
def test_order_holds_under_any_failures(groups: list[str], random: Any) -> None:
    queue = Queue(lambda: random.choices([True, PASSING, FINAL, None], [80, 15, 3, 2])[0])
    messages = [(f"{group}{index}", group) for index, group in enumerate(groups)]
    outgoing, results = asyncio.run(deliver(queue, messages))
    for group in set(groups):
        expected = [body for body, of in messages if of == group]
        accepted = [body for body in queue.accepted if body[0] == group]
        assert accepted == expected[: len(accepted)], "in order, without a gap"
        told = [item.entry.body for item, result in zip(outgoing, results, strict=True) if result is None]
        # A call that fails as a whole may have been carried out in part: fewer are then told of success than had it.
        assert [body for body in told if body[0] == group] == accepted[: len([b for b in told if b[0] == group])]
