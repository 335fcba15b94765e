"""Limits of AWS that can be seen before anything is built."""

from __future__ import annotations

from collections.abc import Iterator

from motia_project.checks.routes import shapes
from motia_project.cron import CronError, translate
from motia_project.limits import HTTP_API_ROUTES, RULES_PER_BUS, STACK_RESOURCES
from motia_project.model import Problem, Project, Step

_ROUTER = 'write api = "router" in motia.toml: all API Steps of a language share one function and one route'
_SPLIT = "split the project in two"
_ONE_LANGUAGE = (
    "write the API Steps in one language, so that one router answers every route, or split the project in two"
)


def check(project: Project) -> Iterator[Problem]:
    """The project fits into one HTTP API, one event bus and one stack of each kind."""
    apis = [step for step in project.steps if step.path is not None]
    # a GET Step has a route for HEAD as well, unless another Step declares it
    routes = len(
        {
            (method, shape)
            for step in apis
            for method in ((step.method, "HEAD") if step.method == "GET" else (step.method,))
            for shape in shapes(step.path or "/")
        }
    )
    router = project.settings.api == "router"
    # two routers, one for each language, leave it to the API to tell their routes apart
    one_route = router and len({step.language for step in apis}) == 1
    if routes > HTTP_API_ROUTES and not one_route:
        what = f"the API Steps need {routes} routes; an HTTP API has {HTTP_API_ROUTES}"
        value, remedy = ('"router"', _ONE_LANGUAGE) if router else ('"functions"', _ROUTER)
        yield Problem(what, key="api", value=value, remedy=remedy)
    rules = sum(_rules(step) for step in project.steps)
    if rules > RULES_PER_BUS:
        what = f"the cron Steps need {rules} rules; an event bus has {RULES_PER_BUS}"
        remedy = "give some of them a `timezone`: schedules with one are not rules"
        yield Problem(what, remedy=remedy)
    resources = least_resources(project.steps, router=router)
    if resources > STACK_RESOURCES:
        what = f"a version of the project needs at least {resources} resources; a stack has {STACK_RESOURCES}"
        yield Problem(what, key="api", remedy=_SPLIT if router or not apis else _ROUTER)


def least_resources(steps: tuple[Step, ...], *, router: bool) -> int:
    """The least number of resources that one version's stack has.

    Each function comes with its log group, each event Step also with queue, dead-letter queue and event source mapping.
    """
    total = 0
    for step in steps:
        if step.type == "api" and not router:
            total += 2
        elif step.type == "event":
            total += 5
        elif step.type == "cron":
            total += 2
    languages = {step.language for step in steps if step.type == "api"}
    return total + (2 * len(languages) if router else 0)


def _rules(step: Step) -> int:
    if step.cron is None or step.timezone is not None:
        return 0
    try:
        return len(translate(step.cron))
    except CronError:
        return 0
