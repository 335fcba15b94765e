"""IANA time zones by name."""

from __future__ import annotations

from datetime import UTC, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from motia_project.cron.errors import CronError


def zone(name: str | None) -> tzinfo:
    """The time zone called `name`, UTC for None. Raises CronError for an unknown name."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = available_timezones()
    by_lower = {known_name.lower(): known_name for known_name in known}
    near = get_close_matches(name.strip().lower().replace(" ", "_"), by_lower, n=1)
    if not known:
        remedy = "this machine has no time zone data: install the package 'tzdata'"
    else:
        remedy = f"did you mean '{by_lower[near[0]]}'?" if near else "see the list of IANA time zones"
    raise CronError(
        f"there is no time zone '{name}'",
        field="timezone",
        value=name,
        allowed="an IANA name, such as 'Europe/Berlin'",
        remedy=remedy,
    )
