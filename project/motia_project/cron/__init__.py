"""Cron: one reading of an expression, used by the local scheduler and by the translation to AWS.

Unix cron as crontab.guru explains it: five fields, or six with leading seconds; `*`, lists, ranges, steps, names, 7 for
Sunday, ranges that wrap around (`22-2`, `FRI-MON`), nicknames such as `@daily`. A day matches when the day of the month
OR the day of the week does, unless one of them is `*`. Where cron implementations disagree about an expression it is
refused with the spelling they agree on, so that it cannot mean one thing on a laptop and another in the cloud.
"""

from motia_project.cron.aws import translate
from motia_project.cron.errors import CronError
from motia_project.cron.expression import Expression, parse
from motia_project.cron.schedule import Schedule, schedule

__all__ = ["CronError", "Expression", "Schedule", "parse", "schedule", "translate"]
