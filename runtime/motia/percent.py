"""Percent-encoding, decoded without urllib.parse, whose import costs a cold start more than these lines."""

from __future__ import annotations

_HEX = frozenset(b"0123456789abcdefABCDEF")


def unquote(text: str) -> str:
    """`text` with its escapes decoded as UTF-8. A `%` that is no escape stays, bytes that are no UTF-8 are U+FFFD."""
    if "%" not in text:
        return text
    head, *rest = text.encode("utf-8", "surrogatepass").split(b"%")
    out = bytearray(head)
    for part in rest:
        if len(part) >= 2 and part[0] in _HEX and part[1] in _HEX:
            out += bytes.fromhex(part[:2].decode())
            out += part[2:]
        else:
            out += b"%" + part
    return out.decode("utf-8", "replace")


def unquote_plus(text: str) -> str:
    """As `unquote`, after turning `+` into a space: how a query string and a form are encoded."""
    return unquote(text.replace("+", " "))
