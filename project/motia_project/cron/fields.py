"""One field of a cron expression: its text to the set of values it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from motia_project.cron.errors import CronError

_PART = re.compile(r"(?P<low>\*|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>\w+))?", re.ASCII)
_FOREIGN = re.compile(r"[?#]|L|\d+W|LW|H(\(.*\))?(/.*)?", re.ASCII)


@dataclass(frozen=True)
class FieldKind:
    """A field: its name for messages, its smallest and largest value, its names for values (upper case)."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The values a person may write."""
        plain = f"{self.low}-{self.high}"
        if not self.names:
            return plain
        shown = f"{plain} or {self.names[0][:3]}-{self.names[-1][:3]}"
        return f"{shown} (0 and 7 are Sunday)" if self is WEEKDAY else shown

    @property
    def size(self) -> int:
        return self.high - self.low + 1


_MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER"
_WEEKDAYS = "SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY"

SECOND = FieldKind("second", 0, 59)
MINUTE = FieldKind("minute", 0, 59)
HOUR = FieldKind("hour", 0, 23)
DAY = FieldKind("day of month", 1, 31)
MONTH = FieldKind("month", 1, 12, tuple(_MONTHS.split()))
WEEKDAY = FieldKind("day of week", 0, 6, tuple(_WEEKDAYS.split()))


@dataclass(frozen=True)
class Field:
    """The values a field names. starred: its text has a `*`. any: its text is `*` alone."""

    text: str
    values: frozenset[int]
    starred: bool
    any: bool

    @property
    def restricts(self) -> bool:
        """Whether the text is more than `*`, even if it names every value."""
        return not self.any


def parse_field(kind: FieldKind, text: str) -> Field:
    """Read one field.

    Raises CronError for what is not cron, and for what implementations read differently.
    """
    parts = text.split(",")
    if "*" in parts and len(parts) > 1:
        raise _error(kind, text, "'*' already names every value", "write '*' alone, or the list without it")
    values = frozenset(value for part in parts for value in _values(kind, part, text))
    return Field(text, values, starred="*" in text, any=text == "*")


def _values(kind: FieldKind, part: str, text: str) -> list[int]:
    match = _PART.fullmatch(part)
    if match is None or _FOREIGN.fullmatch(part.upper()):
        raise _not_cron(kind, part, text)
    low, high, step = match["low"], match["high"], match["step"]
    if low == "*":
        if high is not None:
            raise _error(kind, text, f"'{part}' is not a range", f"write '{kind.low}-{high}'")
        return _stepped(kind, list(range(kind.low, kind.high + 1)), step, text)

    start = _number(kind, low, text)
    if high is None:
        # `5/15` is read as "from 5 on" by every cron that reads it at all.
        span = [start] if step is None else list(range(start % 7 if kind is WEEKDAY else start, kind.high + 1))
        return _stepped(kind, _sundays(kind, span), step, text)

    end = _number(kind, high, text)
    if kind is WEEKDAY:
        start, end = start % 7, (7 if end == 0 and start not in (0, 7) else end)
        if (start, end) == (0, 7):
            end = 6
    if start == end:
        message = f"'{part}' is a range of one value, which some crons read as every value"
        raise _error(kind, text, message, f"write '{low}', or '*'")
    if start < end:
        return _stepped(kind, _sundays(kind, list(range(start, end + 1))), step, text)
    around = [*range(start, kind.high + 1), *range(kind.low, end + 1)]
    if step is not None and step != "1":
        listed = ",".join(str(value) for value in _stepped(kind, around, step, text))
        message = f"'{part}' wraps around with a step, which crons count differently"
        raise _error(kind, text, message, f"list the values, for example '{listed}'")
    return around


def _stepped(kind: FieldKind, span: list[int], step: str | None, text: str) -> list[int]:
    if step is None:
        return span
    if not step.isdigit() or not 1 <= int(step) <= kind.size:
        raise _error(kind, text, f"the step '{step}' is not a number from 1 to {kind.size}", None)
    return span[:: int(step)]


def _sundays(kind: FieldKind, span: list[int]) -> list[int]:
    return [value % 7 for value in span] if kind is WEEKDAY else span


def _number(kind: FieldKind, word: str, text: str) -> int:
    if word.isdigit():
        value = int(word)
        if kind.low <= value <= kind.high or (kind is WEEKDAY and value == 7):
            return value
        raise _error(kind, text, f"'{word}' is out of range", None)
    upper = word.upper()
    for position, name in enumerate(kind.names):
        if upper in (name, name[:3]):
            return kind.low + position
    near = get_close_matches(upper, [short for name in kind.names for short in (name, name[:3])], n=1, cutoff=0.5)
    raise _error(kind, text, f"'{word}' is not a value", f"did you mean '{near[0]}'?" if near else None)


def _not_cron(kind: FieldKind, part: str, text: str) -> CronError:
    if part == "":
        return _error(kind, text, "a value is missing", "remove the spare comma")
    if part == "?":
        remedy = "write '*'; mind that days of the week count from 0 = Sunday here, from 1 = Sunday there"
        return _error(kind, text, "'?' belongs to the cron of AWS and Quartz", remedy)
    if re.search(r"[LW#H]", part.upper()):
        return _error(kind, text, f"'{part}' is not Unix cron", "list the days, or check the date in the handler")
    return _error(kind, text, f"'{part}' is not a value, a range, a step or a name", None)


def _error(kind: FieldKind, text: str, what: str, remedy: str | None) -> CronError:
    message = f"{kind.name} '{text}': {what}"
    return CronError(message, field=kind.name, value=text, allowed=kind.allowed, remedy=remedy)
