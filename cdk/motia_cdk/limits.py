"""The limits of AWS, checked before anything is deployed: an error that says what to change beats a rollback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from motia.names import environment_prefix, version_prefix
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.function_environment import environment_problems, function_environment
from motia_cdk.function_plan import FunctionPlan, plan_functions
from motia_cdk.place import WIDEST
from motia_cdk.role_plan import POLICY_LIMIT, Access, RolePlan, plan_roles
from motia_cdk.routes import Route, plan_routes
from motia_cdk.schedules import Schedule, plan_schedules
from motia_project.limits import HTTP_API_ROUTES, RULES_PER_BUS, STACK_RESOURCES
from motia_project.manifest import Manifest
from motia_project.model import InvalidProject, Problem
from motia_project.settings import Settings

TEMPLATE_BYTES = 1_000_000  # AWS CloudFormation quotas: a template in S3, 1 MB
VISIBILITY_S = 43_200  # Amazon SQS quotas: 12 hours
CONCURRENCY = range(2, 1001)  # AWS Lambda API reference, ScalingConfig

_ROUTER = 'set `api = "router"` in motia.toml, so that the API Steps share one function and one route'

_TWO_ROUTERS = "write the API Steps in one language, so that one router answers every route; or divide the project"


def check_environment(project: str, environment: str, live: Manifest | None, live_version: str | None) -> None:
    """Raise InvalidProject with everything that keeps this version from going live; CronError for a bad cron."""
    if live is None or live_version is None:
        return
    functions = plan_functions(live, version_prefix(project, environment, live_version))
    schedules = plan_schedules(functions, environment_prefix(project, environment))
    refuse([*api_problems(plan_routes(functions)), *schedule_problems(schedules)])


def check_version(
    manifest: Manifest, version: str, environment: EnvironmentRef, settings: Settings, env_vars: Mapping[str, str]
) -> None:
    """Raise InvalidProject with everything about this version that AWS would refuse."""
    prefix = version_prefix(environment.project, environment.environment, version)
    functions = plan_functions(manifest, prefix)
    roles = plan_roles(functions, Access(environment, bool(manifest.streams), settings.vpc is not None))
    variables = function_environment(environment, version, WIDEST, env_vars, streams=bool(manifest.streams))
    for function in functions:
        variables |= function.variables
    refuse(
        [
            *api_problems(plan_routes(functions)),
            *schedule_problems(plan_schedules(functions, environment.prefix)),
            *function_problems(functions),
            *role_problems(roles),
            *environment_problems(variables, env_vars),
        ]
    )


def check_template(template: Mapping[str, Any], manifest: Manifest | None, settings: Settings) -> None:
    """Raise InvalidProject for a finished template that CloudFormation would refuse."""
    refuse(template_problems(template, manifest, settings))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidProject with all of them, if there are any."""
    found = tuple(problems)
    if found:
        raise InvalidProject(found)


def api_problems(routes: tuple[Route, ...]) -> list[Problem]:
    """More routes than an HTTP API takes."""
    if len(routes) <= HTTP_API_ROUTES:
        return []
    what = f"the API Steps need {len(routes)} routes (a GET Step has two, for HEAD)"
    # two routers, one for each language, leave it to the API to tell their routes apart
    remedy = _TWO_ROUTERS if any(route.function.startswith("router_") for route in routes) else _ROUTER
    return [Problem(what, file="motia.toml", key="api", allowed=f"{HTTP_API_ROUTES} for an HTTP API", remedy=remedy)]


def schedule_problems(schedules: tuple[Schedule, ...]) -> list[Problem]:
    """More rules than an event bus takes."""
    rules = [schedule for schedule in schedules if schedule.timezone is None]
    if len(rules) <= RULES_PER_BUS:
        return []
    what = f"the cron Steps need {len(rules)} EventBridge rules"
    remedy = "give some of them a `timezone`, which makes them EventBridge Scheduler schedules, or join some"
    return [Problem(what, key="cron", allowed=f"{RULES_PER_BUS} on the account's event bus", remedy=remedy)]


def function_problems(functions: tuple[FunctionPlan, ...]) -> list[Problem]:
    """Queues that Lambda would refuse."""
    problems = []
    for function in functions:
        queue = function.queue
        if queue is None:
            continue
        file = function.steps[0].filePath
        visibility, timeout = function.visibility_timeout_s, function.timeout_s
        if not timeout <= visibility <= VISIBILITY_S:
            problems.append(
                Problem(
                    f"the visibility timeout of {visibility} s does not fit the handler timeout of {timeout} s",
                    file=file,
                    key="infrastructure.queue.visibilityTimeout",
                    value=str(visibility),
                    allowed=f"{timeout} to {VISIBILITY_S} seconds",
                    remedy="leave it out: it is then six times the handler timeout",
                )
            )
        if queue.concurrency is not None and queue.concurrency not in CONCURRENCY:
            problems.append(
                Problem(
                    f"the concurrency {queue.concurrency} cannot be the MaximumConcurrency of an event source",
                    file=file,
                    key="infrastructure.queue.concurrency",
                    value=str(queue.concurrency),
                    allowed=f"{CONCURRENCY.start} to {CONCURRENCY.stop - 1}",
                    remedy="for one at a time use a FIFO queue and one messageGroupId",
                )
            )
    return problems


def role_problems(roles: tuple[RolePlan, ...]) -> list[Problem]:
    """Steps that emit to more queues than a role's policy can list."""
    return [
        Problem(
            f"{function.steps[0].name} emits to {len(function.sends)} queues; its role's policy would be too long",
            file=function.steps[0].filePath,
            key="emits",
            allowed=f"{POLICY_LIMIT:,} characters, some {POLICY_LIMIT // 120} queues",
            remedy="emit to one event Step that emits to the others in turn",
        )
        for role in roles
        if role.size > POLICY_LIMIT
        for function in role.members[:1]
    ]


def template_problems(template: Mapping[str, Any], manifest: Manifest | None, settings: Settings) -> list[Problem]:
    """A finished template that CloudFormation would refuse."""
    resources = template["Resources"]
    problems = []
    if len(resources) > STACK_RESOURCES:
        kinds = Counter(resource["Type"] for resource in resources.values()).most_common(3)
        most = ", ".join(f"{count} {kind}" for kind, count in kinds)
        problems.append(
            Problem(
                f"the stack would have {len(resources)} resources ({most})",
                allowed=f"{STACK_RESOURCES} in a stack",
                remedy=_fewer(manifest, settings),
            )
        )
    size = len(json.dumps(template, separators=(",", ":")))
    if size > TEMPLATE_BYTES:
        problems.append(
            Problem(
                f"the stack's template would be {size:,} bytes long",
                allowed=f"{TEMPLATE_BYTES:,} bytes",
                remedy=_fewer(manifest, settings),
            )
        )
    return problems


def _fewer(manifest: Manifest | None, settings: Settings) -> str:
    api_steps = sum(step.kind == "api" for step in manifest.steps.values()) if manifest else 0
    ways = []
    if api_steps > 1 and settings.api != "router":
        ways.append(_ROUTER)
    if settings.preview and api_steps:
        ways.append("set `preview = false`, which leaves out the version's own HTTP API")
    if settings.alarms is not None:
        ways.append("take fewer alarms")
    return "; ".join([*ways, "divide the Steps into two projects"])
