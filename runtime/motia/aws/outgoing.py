"""One message on its way to SQS."""

from __future__ import annotations

import asyncio

from motia.aws.sqs import Entry
from motia.errors import MotiaError


class Outgoing:
    """entry: what is sent. upload: (key, bytes) to put into the bucket before. future: settled when all is done."""

    __slots__ = ("attempts", "entry", "future", "upload")

    def __init__(self, entry: Entry, future: asyncio.Future[None], upload: tuple[str, bytes] | None = None) -> None:
        self.entry = entry
        self.future = future
        self.upload = upload
        self.attempts = 0

    def sent(self) -> None:
        """It is durable."""
        if not self.future.done():
            self.future.set_result(None)

    def failed(self, error: BaseException) -> None:
        """It was not sent."""
        if not self.future.done():
            self.future.set_exception(error)


def describe(error: BaseException) -> str:
    """The sentence of an error, for another error's message."""
    return error.what if isinstance(error, MotiaError) else f"{type(error).__name__}: {error}"
