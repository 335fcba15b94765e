"""The frames between the server and a worker (docs/worker-protocol.md).

A frame is two unsigned 32-bit big-endian numbers, the lengths in bytes of header and body, then the header (one JSON
object in UTF-8) and the body (raw bytes, often none). Both ends use this module.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

VERSION = 1
LIMIT = 64 * 1024 * 1024  # bytes of header and body together; a longer frame is a protocol error

_LENGTHS = struct.Struct("!II")
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
_decode = json.JSONDecoder().raw_decode

Frame = tuple[dict[str, Any], bytes]


class FrameError(ValueError):
    """The bytes received are not frames; nothing after them can be trusted."""


def encode(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame. FrameError when it is over the limit, ValueError or TypeError when the header is not JSON."""
    text = _encode(header).encode("utf-8", "surrogatepass")
    if len(text) + len(body) > LIMIT:
        raise FrameError(f"a frame of {len(text) + len(body)} bytes is over the limit of {LIMIT}")
    return b"".join((_LENGTHS.pack(len(text), len(body)), text, body))


class FrameReader:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._wanted = 0  # bytes without which no frame can be complete: spares re-reading a growing buffer

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. FrameError when it is not frames."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return
            data = bytes(self._rest)
            self._rest.clear()
        at, size = 0, len(data)
        while size - at >= 8:
            text_length, body_length = _LENGTHS.unpack_from(data, at)
            if text_length + body_length > LIMIT:
                raise FrameError(f"a frame of {text_length + body_length} bytes is over the limit of {LIMIT}")
            end = at + 8 + text_length + body_length
            if end > size:
                self._wanted = end - at
                break
            middle = at + 8 + text_length
            try:
                header, _ = _decode(data[at + 8 : middle].decode("utf-8", "surrogatepass"))
            except ValueError as wrong:
                raise FrameError(f"a header is not JSON: {wrong}") from None
            if not isinstance(header, dict):
                raise FrameError("a header is not a JSON object")
            yield header, data[middle:end]
            at = end
        else:
            self._wanted = 8
        if at < size:
            self._rest += data[at:]
