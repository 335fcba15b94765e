"""Unix cron to the schedule expressions of Amazon EventBridge.

They have six fields (minute, hour, day of month, month, day of week 1-7 from Sunday, year) and one of the two day
fields must be `?` (Amazon EventBridge User Guide, "Cron expressions reference"). An expression that fires on a day of
the month OR a day of the week becomes two rules. On a day that matches both, both fire for the same minute; the
once-only lock of a cron Step is keyed by that minute, so its handler runs once.
"""

from __future__ import annotations

from itertools import pairwise

from motia_project.cron.errors import CronError
from motia_project.cron.expression import Expression, parse, possible_days
from motia_project.cron.fields import DAY, HOUR, MINUTE, MONTH, FieldKind
from motia_project.cron.timezone import zone


def translate(expression: str, timezone: str | None = None) -> tuple[str, ...]:
    """The AWS expressions that together fire exactly when the Unix expression does, `cron(...)` each; one or two.

    timezone: IANA name the expression is meant in (EventBridge Scheduler takes it beside the expression); None is UTC.
    Raises CronError when the expression is wrong, or when AWS cannot express it.
    """
    zone(timezone)
    cron = parse(expression)
    if cron.seconds != {0}:
        raise CronError(
            f"'{expression}' fires within a minute; AWS starts schedules once a minute at most",
            field="second",
            value=expression.split()[0],
            allowed="0",
            remedy="write five fields, or six with 0 as seconds",
        )
    return tuple(_rule(cron, days, weekdays) for days, weekdays in _day_fields(cron))


def _day_fields(cron: Expression) -> list[tuple[str, str]]:
    fields = []
    if cron.days is not None and possible_days(cron.days, cron.months):
        fields.append((_compact(DAY, cron.days), "?"))
    if cron.weekdays is not None:
        fields.append(("?", _runs([weekday + 1 for weekday in sorted(cron.weekdays)])))
    return fields or [("*", "?")]


def _rule(cron: Expression, days: str, weekdays: str) -> str:
    minutes, hours, months = _compact(MINUTE, cron.minutes), _compact(HOUR, cron.hours), _compact(MONTH, cron.months)
    return f"cron({minutes} {hours} {days} {months} {weekdays} *)"


def _compact(kind: FieldKind, values: frozenset[int]) -> str:
    """The shortest spelling of the values that AWS documents: `*`, `start/step`, or a list of values and ranges."""
    if len(values) == kind.size:
        return "*"
    ordered = sorted(values)
    steps = {after - before for before, after in pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1:
        step = steps.pop()
        if step > 1 and ordered[-1] + step > kind.high:
            return f"{ordered[0]}/{step}"
    return _runs(ordered)


def _runs(ordered: list[int]) -> str:
    runs: list[list[int]] = []
    for value in ordered:
        if runs and runs[-1][-1] + 1 == value:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(value) for value in run) for run in runs)
