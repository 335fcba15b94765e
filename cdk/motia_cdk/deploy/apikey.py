"""The key that guards an environment: only a salted scrypt hash of it is kept, in the deployments table."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from motia.errors import CloudError, UsageError

_N, _R, _P = 2**14, 8, 1  # 16 MB and about 50 ms: RFC 7914's parameters for interactive use
_LENGTH = 32
_PREFIX = "scrypt"


def hashed(key: str) -> str:
    """`scrypt$N$r$p$salt$hash` of a key; UsageError when there is none."""
    if not key:
        raise UsageError("The API key is empty.", remedy="Give one with --api-key or MOTIA_API_KEY.")
    salt = os.urandom(16)
    return "$".join((_PREFIX, str(_N), str(_R), str(_P), _text(salt), _text(_scrypt(key, salt, _N, _R, _P))))


def matches(key: str, stored: str) -> bool:
    """`key` is the one that was hashed; takes the same time whether it is or not."""
    try:
        prefix, n, r, p, salt, expected = stored.split("$")
    except ValueError:
        return False
    if prefix != _PREFIX:
        return False
    actual = _scrypt(key, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(actual, base64.b64decode(expected))


def demand(key: str, stored: str, *, project: str, environment: str) -> None:
    """Raise CloudError unless `key` opens the environment."""
    if not matches(key, stored):
        raise CloudError(
            f"The API key does not open the environment '{environment}' of '{project}'.",
            where="--api-key, MOTIA_API_KEY",
            remedy="Use the key of the first deploy. A lost one cannot be restored, only its hash is kept.",
        )


def _scrypt(key: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(key.encode(), salt=salt, n=n, r=r, p=p, dklen=_LENGTH, maxmem=64 * 2**20)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
