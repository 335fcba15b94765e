"""The ticks of a project's cron Steps in a time that a test moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from motia_local.engine import CronJob
from motia_project.cron import schedule


class Ticks:
    """Every tick is given out once, in order of time, from `start` on."""

    def __init__(self, jobs: Iterable[CronJob], start: datetime) -> None:
        self._schedules = {job.step_id: schedule(job.expression, job.timezone) for job in jobs}
        self._next = {step_id: when.next_after(start) for step_id, when in self._schedules.items()}

    def take(self, until: datetime) -> tuple[datetime, str] | None:
        """The earliest tick up to `until` and the id of its Step."""
        if not self._next:
            return None
        moment, step_id = min((moment, step_id) for step_id, moment in self._next.items())
        if moment > until:
            return None
        self._next[step_id] = self._schedules[step_id].next_after(moment)
        return moment, step_id
