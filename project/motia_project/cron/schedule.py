"""The next time a cron expression fires, for the local scheduler."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from motia_project.cron.expression import Expression, parse
from motia_project.cron.timezone import zone

_LONGEST_GAP = timedelta(days=366 * 9)  # 29 February: 2096 is followed by 2104


@dataclass(frozen=True)
class Schedule:
    """A cron expression in a time zone.

    Around a change of the clock it does what EventBridge Scheduler does: a time that does not exist is skipped, a time
    that exists twice fires the first time only.
    """

    expression: Expression
    zone: tzinfo

    def next_after(self, moment: datetime) -> datetime:
        """The first time strictly after `moment` (aware) that the schedule fires, in UTC, to the second."""
        if moment.tzinfo is None:
            raise ValueError("moment must be aware of its time zone")
        now = moment.astimezone(UTC)
        # One second on and rounded down is the first whole second after `moment`.
        wall = (now + timedelta(seconds=1)).replace(microsecond=0).astimezone(self.zone).replace(tzinfo=None)
        while True:
            wall = self._next_wall(wall)
            fires = wall.replace(tzinfo=self.zone).astimezone(UTC)
            exists = fires.astimezone(self.zone).replace(tzinfo=None) == wall
            if exists and fires > now:
                return fires
            wall += timedelta(seconds=1)

    def _next_wall(self, wall: datetime) -> datetime:
        """The first wall clock time at or after `wall` that matches."""
        day, end = wall.date(), wall.date() + _LONGEST_GAP
        earliest = (wall.hour, wall.minute, wall.second)
        while day <= end:
            if self._fires_on(day):
                time = self._time_from(*earliest)
                if time is not None:
                    return datetime(day.year, day.month, day.day, *time)
            earliest = (0, 0, 0)
            day += timedelta(days=1)
        raise AssertionError(f"{self.expression.text} fires in no {_LONGEST_GAP}")  # parse refuses such expressions

    def _fires_on(self, day: date) -> bool:
        cron = self.expression
        if day.month not in cron.months:
            return False
        if cron.days is None and cron.weekdays is None:
            return True
        by_day = cron.days is not None and day.day in cron.days
        return by_day or (cron.weekdays is not None and day.isoweekday() % 7 in cron.weekdays)

    def _time_from(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        cron = self.expression
        first_minute, first_second = min(cron.minutes), min(cron.seconds)
        if hour in cron.hours:
            if minute in cron.minutes:
                later = _at_least(cron.seconds, second)
                if later is not None:
                    return hour, minute, later
            later = _at_least(cron.minutes, minute + 1)
            if later is not None:
                return hour, later, first_second
        later = _at_least(cron.hours, hour + 1)
        if later is not None:
            return later, first_minute, first_second
        return None


def schedule(expression: str, timezone: str | None = None) -> Schedule:
    """When the expression fires; timezone: IANA name, None for UTC. Raises CronError."""
    return Schedule(parse(expression), zone(timezone))


def _at_least(values: frozenset[int], limit: int) -> int | None:
    ordered = sorted(values)
    position = bisect_left(ordered, limit)
    return ordered[position] if position < len(ordered) else None
