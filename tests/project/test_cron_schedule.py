"""The local scheduler's clock: seconds, time zones, changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from motia_project.cron import CronError, schedule, translate

BERLIN = ZoneInfo("Europe/Berlin")


def fires(expression: str, timezone: str | None, start: datetime, count: int) -> list[datetime]:
    plan, moments = schedule(expression, timezone), [start]
    for _ in range(count):
        moments.append(plan.next_after(moments[-1]))
    return moments[1:]


def test_it_is_strictly_after_the_moment() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert schedule("0 12 * * *").next_after(noon) == noon + timedelta(days=1)
    assert schedule("0 12 * * *").next_after(noon - timedelta(microseconds=1)) == noon


def test_six_fields_have_leading_seconds() -> None:
    start = datetime(2026, 1, 1, 0, 0, 7, 500, tzinfo=UTC)
    assert [moment.second for moment in fires("*/20 * * * * *", None, start, 4)] == [20, 40, 0, 20]


def test_a_time_zone_moves_the_hour() -> None:
    assert schedule("0 9 * * *", "Europe/Berlin").next_after(datetime(2026, 1, 1, tzinfo=UTC)).hour == 8
    assert schedule("0 9 * * *", "Europe/Berlin").next_after(datetime(2026, 7, 1, tzinfo=UTC)).hour == 7


def test_the_answer_is_utc_whatever_zone_was_asked_in() -> None:
    asked = datetime(2026, 7, 1, 8, 30, tzinfo=BERLIN)
    assert schedule("0 7 * * *").next_after(asked) == datetime(2026, 7, 1, 7, tzinfo=UTC)


def test_a_time_that_the_clock_skips_does_not_fire() -> None:
    # 29 March 2026: 02:00 becomes 03:00 in Berlin.
    found = fires("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 27, 12, tzinfo=UTC), 2)
    assert [moment.astimezone(BERLIN).day for moment in found] == [28, 30]


def test_a_time_that_comes_twice_fires_once() -> None:
    # 25 October 2026: 03:00 becomes 02:00 in Berlin.
    found = fires("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_an_hourly_schedule_goes_on_after_the_clock_went_forward() -> None:
    found = fires("0 * * * *", "Europe/Berlin", datetime(2026, 3, 28, 23, 30, tzinfo=UTC), 4)
    assert [moment.astimezone(BERLIN).hour for moment in found] == [1, 3, 4, 5]


def test_the_29th_of_february_is_found_across_a_century_without_leap_day() -> None:
    found = fires("0 0 29 2 *", None, datetime(2096, 3, 1, tzinfo=UTC), 1)
    assert found == [datetime(2104, 2, 29, tzinfo=UTC)]


def test_a_naive_moment_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        schedule("* * * * *").next_after(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe berlin", "Europe/Berlin"),
        ("America", ""),
        ("../etc/passwd", ""),
        ("", ""),
    ],
)
def test_an_unknown_time_zone_is_named(name: str, hint: str) -> None:
    for use in (schedule, translate):
        with pytest.raises(CronError) as refused:
            use("0 9 * * *", name)
        assert f"there is no time zone '{name}'" in str(refused.value)
        assert hint in str(refused.value)
