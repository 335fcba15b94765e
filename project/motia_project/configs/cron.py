"""`type: cron`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from motia_project.configs.base import RunningConfig, refusal
from motia_project.cron import CronError, parse
from motia_project.cron.timezone import zone


def _expression(value: str) -> str:
    try:
        parse(value)
    except CronError as wrong:
        raise refusal(wrong.what, allowed=wrong.allowed, remedy=wrong.remedy) from None
    return value


def _timezone(value: str) -> str:
    try:
        zone(value)
    except CronError as wrong:
        raise refusal(wrong.what, allowed=wrong.allowed, remedy=wrong.remedy) from None
    return value


class CronConfig(RunningConfig):
    """Work done on a schedule; timezone: IANA name, UTC if there is none."""

    type: Literal["cron"]
    cron: Annotated[str, AfterValidator(_expression)]
    timezone: Annotated[str, AfterValidator(_timezone)] | None = None
