"""The translated AWS rules fire exactly when croniter, an implementation of cron that is not ours, says."""

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from motia_project.cron import CronError, schedule, translate

# --- AWS cron, read from the EventBridge user guide and nothing else -------------------------------------------------

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
AWS_MONTHS = {name: number for number, name in enumerate(MONTHS, 1)}
AWS_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}


def aws_values(field: str, low: int, high: int, names: dict[str, int], *, slash: bool) -> set[int]:
    values: set[int] = set()
    for part in field.split(","):
        base, _, step = part.partition("/")
        assert slash or not step, f"AWS documents no '/' here: {field}"
        if base == "*":
            first, last = low, high
        elif "-" in base:
            first, last = (names[word] if word in names else int(word) for word in base.split("-"))
        else:
            first = names[base] if base in names else int(base)
            last = high if step else first
        assert low <= first <= last <= high, f"AWS refuses {field}"
        values |= set(range(first, last + 1, int(step or 1)))
    return values


def next_fires(rules: tuple[str, ...], start: datetime, count: int) -> list[datetime]:
    """The next distinct minutes, after `start` (UTC), at which any of the rules fires."""
    parsed = []
    for rule in rules:
        assert len(rule) <= 256, "ScheduleExpression has 256 characters at most"
        match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", rule)
        assert match, rule
        minute, hour, day, month, weekday, year = match.groups()
        assert [day, weekday].count("?") == 1, "exactly one of the day fields is ?"
        assert year == "*"
        parsed.append(
            (
                aws_values(minute, 0, 59, {}, slash=True),
                aws_values(hour, 0, 23, {}, slash=True),
                None if day == "?" else aws_values(day, 1, 31, {}, slash=True),
                aws_values(month, 1, 12, AWS_MONTHS, slash=True),
                None if weekday == "?" else aws_values(weekday, 1, 7, AWS_DAYS, slash=False),
            )
        )
    fires: list[datetime] = []
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while len(fires) < count:
        today = {
            day + timedelta(hours=hour, minutes=minute)
            for minutes, hours, days, months, weekdays in parsed
            if day.month in months
            and (days is None or day.day in days)
            and (weekdays is None or (day.weekday() + 1) % 7 + 1 in weekdays)
            for hour in hours
            for minute in minutes
        }
        fires += sorted(fire for fire in today if fire > start)
        day += timedelta(days=1)
        assert day.year < 2200, f"{rules} does not fire {count} times"
    return fires[:count]


def croniter_fires(expression: str, start: datetime, count: int) -> list[datetime]:
    seconds_first = len(expression.split()) == 6
    oracle = croniter(expression, start, ret_type=datetime, second_at_beginning=seconds_first)
    return [oracle.get_next() for _ in range(count)]


def local_fires(expression: str, start: datetime, count: int) -> list[datetime]:
    plan, fires = schedule(expression), [start]
    for _ in range(count):
        fires.append(plan.next_after(fires[-1]))
    return fires[1:]


# --- generated expressions ------------------------------------------------------------------------------------------

FIELDS = (
    (0, 59, []),
    (0, 23, []),
    (1, 31, []),
    (1, 12, list(AWS_MONTHS)),
    (0, 7, list(AWS_DAYS)),
)
STARTS = (
    datetime(2026, 11, 22, 20, 37, 44, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 59, 0, tzinfo=UTC),
    datetime(2028, 2, 28, 12, 0, 0, tzinfo=UTC),
)


def a_part(rng: random.Random, low: int, high: int, names: list[str]) -> str:
    def value() -> str:
        if names and rng.random() < 0.4:
            name = rng.choice(names)
            return name.lower() if rng.random() < 0.5 else name
        return str(rng.randint(low, high))

    kind = rng.random()
    if kind < 0.45:
        return value()
    if kind < 0.6:
        return f"*/{rng.randint(1, high - low)}"
    if kind < 0.7:
        return f"{rng.randint(low, high)}/{rng.randint(1, high - low)}"
    step = f"/{rng.randint(1, max(1, (high - low) // 2))}" if rng.random() < 0.3 else ""
    return f"{value()}-{value()}{step}"


def an_expression(rng: random.Random) -> str:
    words = []
    for low, high, names in FIELDS:
        if rng.random() < 0.35:
            words.append("*")
        else:
            words.append(",".join(a_part(rng, low, high, names) for _ in range(rng.choice((1, 1, 1, 2, 3)))))
    return " ".join((["0", *words]) if rng.random() < 0.05 else words)


def agrees(expression: str, start: datetime) -> bool:
    """Whether it was translated; asserts that then all three agree on the next 20 times."""
    try:
        rules = translate(expression)
    except CronError as refused:
        assert refused.what
        return False
    expected = croniter_fires(expression, start, 20)
    assert next_fires(rules, start, 20) == expected, f"{expression} -> {rules}"
    assert local_fires(expression, start, 20) == expected, expression
    return True


@pytest.mark.parametrize("seed", range(10))
def test_generated_expressions_fire_as_croniter_says_or_are_refused(seed: int) -> None:
    rng = random.Random(seed)
    outcomes = [agrees(an_expression(rng), rng.choice(STARTS)) for _ in range(60)]
    assert outcomes.count(True) > 30, "most of what people write is translated"


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_any_expression_from_any_moment(rng: random.Random, start: datetime) -> None:
    agrees(an_expression(rng), start.replace(tzinfo=UTC))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789*/,-?LW# \tJANFEBMONSUN@daily()٣", max_size=30))
def test_nonsense_is_refused_and_never_crashes(text: str) -> None:
    try:
        translate(text)
    except CronError as refused:
        assert refused.what


# --- what people write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "rules"),
    [
        ("0 9 * * *", ("cron(0 9 * * ? *)",)),
        ("*/5 * * * *", ("cron(0/5 * * * ? *)",)),
        ("0 9 * * 1-5", ("cron(0 9 ? * 2-6 *)",)),
        ("30 6 * * MON", ("cron(30 6 ? * 2 *)",)),
        ("0 0 * * 0", ("cron(0 0 ? * 1 *)",)),
        ("0 0 * * 7", ("cron(0 0 ? * 1 *)",)),
        ("0 0 * * saturday,Sunday", ("cron(0 0 ? * 1,7 *)",)),
        ("0 0 * * FRI-MON", ("cron(0 0 ? * 1,2,6,7 *)",)),
        ("0 22-2 * * *", ("cron(0 0-2,22,23 * * ? *)",)),
        ("0 0 1,15 * *", ("cron(0 0 1,15 * ? *)",)),
        ("0 0 13 * FRI", ("cron(0 0 13 * ? *)", "cron(0 0 ? * 6 *)")),
        ("0 0 1-31 * MON", ("cron(0 0 * * ? *)",)),
        ("0 0 31 2 MON", ("cron(0 0 ? 2 2 *)",)),
        ("0 0 29 2 *", ("cron(0 0 29 2 ? *)",)),
        ("0 0 * * 1-7/2", ("cron(0 0 ? * 1,2,4,6 *)",)),
        ("0 30 4 * * *", ("cron(30 4 * * ? *)",)),
        ("  0\t9 * * *  ", ("cron(0 9 * * ? *)",)),
        ("@daily", ("cron(0 0 * * ? *)",)),
        ("@weekly", ("cron(0 0 ? * 1 *)",)),
        ("@hourly", ("cron(0 * * * ? *)",)),
        ("@Yearly", ("cron(0 0 1 1 ? *)",)),
        ("3/7 * * * *", ("cron(3/7 * * * ? *)",)),
        ("0-30/7 * * * *", ("cron(0,7,14,21,28 * * * ? *)",)),
    ],
)
def test_common_expressions(expression: str, rules: tuple[str, ...]) -> None:
    assert translate(expression) == rules


@pytest.mark.parametrize(
    ("expression", "field", "message"),
    [
        ("", "", "'' has no fields; allowed: five fields (minute, hour, day of month, month, day of week) or six with"),
        ("hourly", "", "'hourly' has 1 field;"),
        ("* * * * * * *", "", "'* * * * * * *' has 7 fields;"),
        ("@reboot", "", "there is no nickname '@reboot'; allowed: @annually, @daily,"),
        ("60 * * * *", "minute", "minute '60': '60' is out of range; allowed: 0-59"),
        ("0 24 * * *", "hour", "hour '24': '24' is out of range; allowed: 0-23"),
        ("0 0 0 * *", "day of month", "day of month '0': '0' is out of range; allowed: 1-31"),
        ("0 0 1 13 *", "month", "month '13': '13' is out of range; allowed: 1-12 or JAN-DEC"),
        ("0 0 * * 8", "day of week", "day of week '8': '8' is out of range; allowed: 0-6 or SUN-SAT (0 and 7 are Sun"),
        ("0 0 * * MOM", "day of week", "did you mean 'MON'?"),
        ("0 0 L * *", "day of month", "day of month 'L': 'L' is not Unix cron;"),
        ("0 0 15W * *", "day of month", "'15W' is not Unix cron;"),
        ("0 0 * * 2#1", "day of week", "'2#1' is not Unix cron;"),
        ("0 9 ? * MON", "day of month", "'?' belongs to the cron of AWS and Quartz;"),
        ("cron(0 9 ? * MON *)", "", "is an AWS schedule;"),
        ("rate(5 minutes)", "", "is an AWS schedule;"),
        ("*/0 * * * *", "minute", "the step '0' is not a number from 1 to 60"),
        ("*/90 * * * *", "minute", "the step '90' is not a number from 1 to 60"),
        ("1,,2 * * * *", "minute", "a value is missing;"),
        ("*,5 * * * *", "minute", "'*' already names every value;"),
        ("5-5 * * * *", "minute", "'5-5' is a range of one value"),
        ("0 22-2/3 * * *", "hour", "list the values, for example '22,1'"),
        ("0 0 */2 * MON", "day of month", "write '1-31/2' to run on days that match either field"),
        ("0 0 1 * */2", "day of week", "write '0-6/2' to run on days that match either field"),
        ("0 0 30 2 *", "day of month", "'0 0 30 2 *' never fires: month '2' has no day 30"),
        ("-1 * * * *", "minute", "'-1' is not a value, a range, a step or a name"),
        ("*/10 * * * * *", "second", "fires within a minute; AWS starts schedules once a minute at most; allowed: 0;"),
    ],
)
def test_what_cannot_be_translated_says_why(expression: str, field: str, message: str) -> None:
    with pytest.raises(CronError) as refused:
        translate(expression)
    assert message in str(refused.value)
    assert refused.value.field == field
