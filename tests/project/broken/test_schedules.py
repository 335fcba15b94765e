"""Schedules of cron Steps that cannot run."""

from textwrap import dedent

import pytest

from step_sources import cron

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: cron(cron="every day")},
        """
        steps/a_step.py
          error: cron: 'every day' has 2 fields
              value: "every day"
              allowed: five fields (minute, hour, day of month, month, day of week) or six with leading seconds
        """,
        id="cron nonsense",
    ),
    pytest.param(
        {A: cron(cron="61 * * * *")},
        """
        steps/a_step.py
          error: cron: minute '61': '61' is out of range
              value: "61 * * * *"
              allowed: 0-59
        """,
        id="cron out of range",
    ),
    pytest.param(
        {A: cron(cron="*/5 * * * * *")},
        """
        steps/a_step.py
          error: cron: '*/5 * * * * *' fires within a minute; AWS starts schedules once a minute at most
              value: "*/5 * * * * *"
              allowed: 0
              do: write five fields, or six with 0 as seconds
        """,
        id="cron within a minute",
    ),
    pytest.param(
        {A: cron(cron="0 0 */2 * MON")},
        """
        steps/a_step.py
          error: cron: day of month '*/2': crons disagree on a '*' step beside a day of week
              value: "0 0 */2 * MON"
              allowed: 1-31
              do: write '1-31/2' to run on days that match either field
        """,
        id="cron that crons disagree on",
    ),
    pytest.param(
        {A: cron(timezone="Europe/Berln")},
        """
        steps/a_step.py
          error: timezone: there is no time zone 'Europe/Berln'
              value: "Europe/Berln"
              allowed: an IANA name, such as 'Europe/Berlin'
              do: did you mean 'Europe/Berlin'?
        """,
        id="unknown time zone",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
