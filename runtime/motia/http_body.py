"""The body of a request, read by its content type. Nothing is thrown away: what has no reading stays bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from motia.errors import RequestError
from motia.query import parse

# Amazon API Gateway "Quotas for configuring and running an HTTP API": payload size 10 MB. The same everywhere.
MAX_BODY_BYTES = 10 * 1024 * 1024

_GZIP_OR_ZLIB = 47  # zlib's window bits for "detect the header"
_RAW_DEFLATE = -15
_ENCODINGS = ("gzip", "x-gzip", "deflate", "identity")


def read_body(headers: Mapping[str, str], sent: bytes, limit: int = MAX_BODY_BYTES) -> tuple[Any, str | bytes]:
    """(body, rawBody) of a request. headers: lower-case names. limit: bytes, sent and inflated.

    RequestError with status 413 over the limit, 415 for an encoding or charset that is not known, 400 for text or JSON
    that is not.
    """
    if len(sent) > limit:
        raise _too_large(limit)
    raw = sent
    if (encoding := headers.get("content-encoding")) and sent:
        for name in reversed([part.strip().lower() for part in encoding.split(",")]):
            raw = _inflate(name, raw, limit)
    if not raw:
        return {}, ""
    kind, charset = _content_type(headers.get("content-type", ""))
    if kind == "application/json" or kind.endswith("+json"):
        text = _decode(raw, charset)
        return _json(text), text
    if kind == "application/x-www-form-urlencoded":
        text = _decode(raw, charset)
        return parse(text), text
    if kind.startswith("text/"):
        text = _decode(raw, charset)
        return text, text
    return raw, raw


def _content_type(header: str) -> tuple[str, str]:
    kind, *parameters = header.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return kind.strip().lower(), value.strip().strip("\"'").lower() or "utf-8"
    return kind.strip().lower(), "utf-8"


def _decode(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as bad:
        raise RequestError(f"Body is not valid {charset.upper()} at byte {bad.start}", status=400) from None
    except (LookupError, ValueError):
        raise RequestError(f"Unknown charset {charset!r}", status=415, allowed="utf-8") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise RequestError("Malformed JSON body: nested too deeply", status=400) from None
    except ValueError as bad:
        raise RequestError(f"Malformed JSON body: {bad}", status=400) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _inflate(encoding: str, data: bytes, limit: int) -> bytes:
    if encoding in ("", "identity"):
        return data
    if encoding not in _ENCODINGS:
        raise RequestError(f"Unsupported content encoding {encoding!r}", status=415, allowed=", ".join(_ENCODINGS))
    import zlib

    try:
        return _inflate_members(data, _GZIP_OR_ZLIB, limit)
    except zlib.error as bad:
        if encoding != "deflate":
            raise RequestError(f"Body is not valid {encoding}: {bad}", status=400) from None
    try:  # some clients send deflate without the zlib header
        return _inflate_members(data, _RAW_DEFLATE, limit)
    except zlib.error as bad:
        raise RequestError(f"Body is not valid deflate: {bad}", status=400) from None


def _inflate_members(data: bytes, window_bits: int, limit: int) -> bytes:
    """All members of a gzip file, or the one zlib stream; never more than `limit` bytes in memory."""
    import zlib

    out = bytearray()
    while data:
        stream = zlib.decompressobj(window_bits)
        out += stream.decompress(data, limit - len(out) + 1)
        if len(out) > limit:
            raise _too_large(limit)
        if not stream.eof:
            raise zlib.error("the data ends too early")
        data = stream.unused_data
    return bytes(out)


def _too_large(limit: int) -> RequestError:
    return RequestError("Request body too large", status=413, allowed=f"at most {limit} bytes, inflated")
