"""Names of groups and keys, checked alike wherever a Step runs.

The limits are Amazon DynamoDB's ("Constraints in Amazon DynamoDB": partition key 2048 bytes, sort key 1024 bytes of
UTF-8), because an app that works on a laptop has to work there.
"""

from __future__ import annotations

from motia.errors import MotiaError
from motia.kinds import kind_of

GROUP_BYTES = 2048
KEY_BYTES = 1024


def check_name(value: object, what: str, where: str, error: type[MotiaError], limit: int) -> None:
    """Raise `error` unless `value` is a str of 1 to `limit` bytes. what: such as "key"; where: the call."""
    if not isinstance(value, str):
        raise error(f"the {what} is {kind_of(value)}", where=where, allowed="a str")
    if not value:
        raise error(f"the {what} is empty", where=where)
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise error(f"the {what} holds half of a surrogate pair: {value!r}", where=where) from None
    if size > limit:
        raise error(f"the {what} has {size} bytes: {value[:40]!r}...", where=where, allowed=f"at most {limit} bytes")
