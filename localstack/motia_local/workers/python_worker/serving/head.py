"""The head of a plain HTTP/1.1 request; nothing that needs interpretation is accepted."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_HEAD = 64 * 1024  # bytes

_HEAD = re.compile(
    r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) "
    r"(/(?!/)[!\"$->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1\r\n"
    r"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*)\r\n"
)
_NOT_PLAIN = frozenset({"transfer-encoding", "upgrade", "expect"})


class Head(NamedTuple):
    """path: as sent, percent-encoded. headers: names in lower case. length: of the body, bytes. close: after it."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    length: int
    close: bool


def read_head(data: bytes) -> Head | None:
    """The head in `data`, which ends with an empty line; None when it is not plain."""
    found = _HEAD.fullmatch(data.decode("latin-1"))
    if found is None:
        return None
    method, path, query, block = found.groups("")
    headers = []
    length, close = -1, False
    for line in block.split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers.append((name, value))
        if name in _NOT_PLAIN:
            return None
        if name == "content-length":
            if length >= 0 or not (value.isascii() and value.isdigit() and len(value) < 19):
                return None
            length = int(value)
        elif name == "connection":
            options = {option.strip(" \t") for option in value.lower().split(",")}
            if options - {"close", "keep-alive", "te"}:
                return None
            close = close or "close" in options
    return Head(method, path, query, tuple(headers), max(length, 0), close)
