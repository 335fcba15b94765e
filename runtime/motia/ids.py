"""Identifiers made at run time."""

from __future__ import annotations

import os
import time

# 32 characters without I, L, O and 0, which people mistake for one another when they read an id aloud.
TRACE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ123456789"


def new_trace_id() -> str:
    """An id such as `YBQHN-0185054`: five random characters and the last seven digits of the time in milliseconds."""
    head = "".join(TRACE_ALPHABET[byte & 31] for byte in os.urandom(5))
    return f"{head}-{time.time_ns() // 1_000_000 % 10_000_000:07d}"


def new_id() -> str:
    """32 random hex characters."""
    return os.urandom(16).hex()
