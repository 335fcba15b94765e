"""Having a worker import the project's code, which may do anything while it is imported."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from motia_local.workers.member import Member

HELLO_S = 20.0  # from the start of a process to its first frame
READ_S = 10.0  # without one file's import coming to an end; then the patient reader looks at the file
LOAD_S = 30.0  # the same, of files that have been read
_LOOK_S = 0.25


class LoadLost(Exception):
    """The worker died while it imported the Step at `position` (None: while it imported none)."""

    def __init__(self, position: int | None, how: str) -> None:
        super().__init__(how)
        self.position = position
        self.how = how


async def ask(member: Member, frame: dict[str, Any], body: bytes = b"", *, patience_s: float) -> Any:
    """Have a worker read or load; its answer. LoadLost when it died over it, or was killed because it did not end.

    patience_s: what one file may take. A worker whose answer nobody waits for any more is killed.
    """
    if member.dead:
        raise LoadLost(None, "it ended at once")
    answer = member.answer = asyncio.get_running_loop().create_future()
    member.touched = True
    try:
        await asyncio.wait((member.hello, answer), timeout=HELLO_S, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() and not member.hello.done():
            raise LoadLost(None, f"it said nothing for {HELLO_S:g} s")
        member.process.send(frame, body)
        position, since = -1, time.monotonic()
        while not answer.done():
            await asyncio.wait((answer,), timeout=_LOOK_S)
            if member.progress.loading != position:
                position, since = member.progress.loading, time.monotonic()
            elif not answer.done() and time.monotonic() - since >= patience_s:
                raise LoadLost(position - 1, f"importing did not end within {patience_s:g} s")
        return answer.result()
    except (LoadLost, asyncio.CancelledError):
        member.retiring = True
        member.process.kill()
        raise
    finally:
        member.answer = None
