"""What is wrong with a cron expression."""

from __future__ import annotations

from motia.errors import ProjectError


class CronError(ProjectError):
    """A cron expression, or its time zone, cannot be used.

    field: the part that is wrong, such as `hour`; empty when it is the expression as a whole. value: that part's text.
    """

    def __init__(
        self, what: str, *, field: str = "", value: str = "", allowed: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what, allowed=allowed, remedy=remedy)
        self.field = field
        self.value = value
