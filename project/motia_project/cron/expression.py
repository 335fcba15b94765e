"""A whole cron expression, read once, as sets of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from motia_project.cron.errors import CronError
from motia_project.cron.fields import DAY, HOUR, MINUTE, MONTH, SECOND, WEEKDAY, Field, parse_field

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_KINDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY)
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHAPE = "five fields (minute, hour, day of month, month, day of week) or six with leading seconds"


@dataclass(frozen=True)
class Expression:
    """When a schedule fires.

    days, weekdays: the days of the month, and of the week (0 = Sunday), that it fires on; None where the field does not
    decide. With both given a day needs one of them; with neither every day fires.
    """

    text: str
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    days: frozenset[int] | None
    weekdays: frozenset[int] | None


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Read a cron expression. Raises CronError naming the field, its value and what is allowed."""
    words = _words(text)
    second, minute, hour, day, month, weekday = (parse_field(k, w) for k, w in zip(_KINDS, words, strict=True))
    days, weekdays = _day_rule(day, weekday)
    if days is not None and weekdays is None and not possible_days(days, month.values):
        listed = ",".join(str(value) for value in sorted(days))
        raise CronError(
            f"'{text}' never fires: month '{month.text}' has no day {listed}", field=DAY.name, value=day.text
        )
    return Expression(text, second.values, minute.values, hour.values, month.values, days, weekdays)


def possible_days(days: frozenset[int], months: frozenset[int]) -> bool:
    """Whether one of the months has one of the days, in a leap year at least."""
    return any(min(days) <= _DAYS_IN_MONTH[month - 1] for month in months)


def _words(text: str) -> list[str]:
    if re.match(r"\s*(cron|rate|at)\s*\(", text, re.IGNORECASE):
        remedy = "write Unix cron, such as '0 9 * * 1-5'; it is translated for AWS"
        raise CronError(f"'{text}' is an AWS schedule", value=text, allowed=_SHAPE, remedy=remedy)
    if text.strip().startswith("@"):
        expression = _NICKNAMES.get(text.strip().lower())
        if expression is None:
            raise CronError(f"there is no nickname '{text.strip()}'", value=text, allowed=", ".join(sorted(_NICKNAMES)))
        return ["0", *expression.split()]
    words = text.split(" ") if not text.isascii() else text.split()
    if len(words) == 5:
        return ["0", *words]
    if len(words) == 6:
        return words
    count = f"{len(words)} field{'s' if len(words) != 1 else ''}" if text.strip() else "no fields"
    raise CronError(f"'{text}' has {count}", value=text, allowed=_SHAPE)


def _day_rule(day: Field, weekday: Field) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """The two day fields as (days, weekdays), None for the one that does not decide."""
    if day.restricts and weekday.restricts:
        for kind, field, other in ((DAY, day, WEEKDAY), (WEEKDAY, weekday, DAY)):
            if field.starred:
                # Vixie cron takes any field that begins with `*` out of the OR; other crons do so for a lone `*` only.
                raise CronError(
                    f"{kind.name} '{field.text}': crons disagree on a '*' step beside a {other.name}",
                    field=kind.name,
                    value=field.text,
                    allowed=kind.allowed,
                    remedy=f"write '{_spelled(kind.low, kind.high, field)}' to run on days that match either field",
                )
        if len(day.values) == DAY.size or len(weekday.values) == WEEKDAY.size:
            return None, None
        return day.values, weekday.values
    days = day.values if len(day.values) < DAY.size else None
    weekdays = weekday.values if len(weekday.values) < WEEKDAY.size else None
    return days, weekdays


def _spelled(low: int, high: int, field: Field) -> str:
    return field.text.replace("*", f"{low}-{high}")
