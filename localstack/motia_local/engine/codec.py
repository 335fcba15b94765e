"""JSON as it is stored: compact, ASCII (a lone surrogate survives), never NaN."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(value: Any) -> str:
    """JSON text. ValueError or TypeError for what is not JSON, which the context has already refused."""
    return _encode(value)


def decode(text: str) -> Any:
    return json.loads(text)
