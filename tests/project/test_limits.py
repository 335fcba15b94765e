"""Limits of AWS, seen before anything is built."""

from dataclasses import replace
from pathlib import Path

from motia_project.checks.aws_limits import check
from motia_project.model import Project, Step
from motia_project.settings import Settings


def project(*steps: Step, api: str = "functions") -> Project:
    return Project(Path("/shop"), Settings(api=api), steps)


def an_api(number: int, path: str | None = None, method: str = "POST") -> Step:
    return Step(f"S{number}", f"S{number}", "api", "python", "x", {}, method=method, path=path or f"/{number}")


def a_cron(number: int, expression: str = "0 9 * * *", timezone: str | None = None) -> Step:
    return Step(f"C{number}", f"C{number}", "cron", "python", "x", {}, cron=expression, timezone=timezone)


def an_event(number: int) -> Step:
    return Step(f"E{number}", f"E{number}", "event", "python", "x", {})


def test_300_routes_fit_and_301_ask_for_the_router() -> None:
    fits = [an_api(number) for number in range(200)] + [an_api(200 + n, f"/o{n}/:id?") for n in range(50)]
    assert list(check(project(*fits[:150], *fits[200:]))) == []
    problems = list(check(project(*fits, an_api(999))))
    assert problems[0].what == "the API Steps need 301 routes; an HTTP API has 300"
    assert problems[0].remedy is not None
    assert 'api = "router"' in problems[0].remedy
    assert list(check(project(*fits, an_api(999), api="router"))) == []


def test_routers_of_two_languages_share_the_300_routes() -> None:
    steps = [an_api(number) for number in range(300)]
    typescript = replace(an_api(999), language="node")
    assert list(check(project(*steps, api="router"))) == []
    (problem,) = check(project(*steps, typescript, api="router"))
    assert (problem.what, problem.value) == ("the API Steps need 301 routes; an HTTP API has 300", '"router"')


def test_a_get_step_needs_a_route_for_head_too() -> None:
    gets = [an_api(number, method="GET") for number in range(151)]
    assert list(check(project(*gets[:150]))) == []
    (problem,) = check(project(*gets))
    assert problem.what == "the API Steps need 302 routes; an HTTP API has 300"


def test_300_rules_a_bus() -> None:
    two_rules = [a_cron(number, "0 9 13 * FRI") for number in range(150)]
    assert [p for p in check(project(*two_rules)) if "rules" in p.what] == []
    (problem,) = [p for p in check(project(*two_rules, a_cron(999))) if "rules" in p.what]
    assert problem.what == "the cron Steps need 301 rules; an event bus has 300"
    with_zone = a_cron(999, timezone="Europe/Berlin")
    assert [p for p in check(project(*two_rules, with_zone)) if "rules" in p.what] == []


def test_500_resources_a_stack() -> None:
    assert list(check(project(*[an_event(number) for number in range(100)]))) == []
    (problem,) = check(project(*[an_event(number) for number in range(101)]))
    assert problem.what == "a version of the project needs at least 505 resources; a stack has 500"
    assert problem.remedy == "split the project in two"
