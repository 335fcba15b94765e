"""The cron rules and schedules of an environment, from the cron Steps of its live version."""

from __future__ import annotations

from dataclasses import dataclass

from motia.names import resource_name
from motia_cdk.function_plan import FunctionPlan
from motia_project.cron import translate

TICK_AGE_S = 300  # a tick that could not start for so long is missed: cron does not catch up
NAME_LIMIT = 64  # Amazon EventBridge API reference: characters in the name of a rule, and of a schedule


@dataclass(frozen=True)
class Schedule:
    """One AWS expression of a cron Step; a Step with a day of the month OR a day of the week has two.

    expression: `cron(...)`. timezone: IANA name, which takes an EventBridge Scheduler schedule; None is UTC and a rule.
    """

    name: str
    function: str
    expression: str
    timezone: str | None


def plan_schedules(functions: tuple[FunctionPlan, ...], environment_prefix: str) -> tuple[Schedule, ...]:
    """The schedules of the cron functions, sorted by name. CronError when AWS cannot express one."""
    schedules = []
    for function in functions:
        if function.kind != "cron":
            continue
        config = function.steps[0].config
        timezone = config.get("timezone")
        for number, expression in enumerate(translate(config["cron"], timezone), start=1):
            name = resource_name(environment_prefix, function.id, NAME_LIMIT, f"_{number}")
            schedules.append(Schedule(name, function.id, expression, timezone))
    return tuple(sorted(schedules, key=lambda schedule: schedule.name))
