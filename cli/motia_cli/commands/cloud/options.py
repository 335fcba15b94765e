"""Options and decisions that the cloud commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from motia import names
from motia.errors import UsageError
from motia_cli.output import Console

if TYPE_CHECKING:
    from motia_cdk.deploy import Target
    from motia_project.settings import Settings

DEFAULT_ENVIRONMENT = "production"


@dataclass(frozen=True)
class Options:
    """What every cloud command can be told. ci: no prompts, no colours."""

    api_key: str | None
    project_name: str | None
    environment_id: str | None
    environment_name: str | None
    local: bool
    region: str | None
    profile: str | None
    ci: bool
    as_json: bool

    def console(self) -> Console:
        return Console(plain=self.ci)


@dataclass(frozen=True)
class Place:
    """Which environment, whose key, where."""

    project: str
    environment: str
    api_key: str
    target: Target


def _in_ci(ctx: click.Context, parameter: click.Parameter, given: bool) -> bool:
    """`--ci`, or the variable CI with anything but a plain no: services set it to true, 1 or their name."""
    return given or os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option("-k", "--api-key", envvar="MOTIA_API_KEY", show_envvar=True, help="Key that guards the environment."),
    click.option("-n", "--project-name", help="Default: the name in motia.toml, else the folder's."),
    click.option(
        "-s",
        "--environment-id",
        envvar="MOTIA_ENVIRONMENT_ID",
        show_envvar=True,
        help="Environment as <project>-<environment>, instead of its name.",
    ),
    click.option("--environment-name", help=f"Environment. Default: {DEFAULT_ENVIRONMENT}"),
    click.option("--local", is_flag=True, help="The emulator of this project instead of AWS."),
    click.option("--region", help="AWS region. Default: motia.toml, then the AWS configuration."),
    click.option("--profile", help="Profile of the AWS configuration."),
    click.option("-c", "--ci", is_flag=True, callback=_in_ci, help="No prompts, no colours. Also when CI is set."),
    click.option("--json", "as_json", is_flag=True, help="End with one JSON object on standard output."),
)


def environment_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the shared options, collected in one argument `options`."""

    @wraps(function)
    def collected(**values: Any) -> Any:
        options = Options(**{field.name: values.pop(field.name) for field in fields(Options)})
        return function(options=options, **values)

    command: Callable[..., Any] = collected
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def required(value: str | None, option: str, what: str, *, give: str, ask: bool, secret: bool = False) -> str:
    """The value of an option; asked for on a terminal, otherwise a UsageError. give: what to do in that case."""
    if value:
        return value
    if ask and sys.stdin.isatty():
        return str(click.prompt(what, hide_input=secret, err=True))
    raise UsageError(f"{option} is missing: {what[0].lower()}{what[1:]}.", remedy=give)


def api_key(options: Options) -> str:
    """The key that guards the environment. UsageError when there is none and nobody to ask."""
    what = "Key that guards the environment"
    give = "Pass -k KEY, a key of your choice, or set MOTIA_API_KEY"
    return required(options.api_key, "--api-key", what, give=give, ask=not options.ci, secret=True)


def environment_name(options: Options, project: str) -> str:
    """The environment's name, from its name or its id. UsageError when the two disagree."""
    name = options.environment_name
    if not options.environment_id:
        return name or DEFAULT_ENVIRONMENT
    prefix = f"{names.slug(project)}-"
    found = options.environment_id.removeprefix(prefix)
    if found == options.environment_id or not found:
        raise UsageError(
            f"The environment id '{options.environment_id}' is not one of the project '{project}'.",
            allowed=f"{prefix}<environment>",
            remedy="Use --environment-name, or name the project with --project-name",
        )
    if name and names.slug(name) != found:
        raise UsageError(
            f"--environment-name {name} is not the environment of --environment-id {options.environment_id}.",
            remedy="Leave one of them out",
        )
    return name or found


def target(options: Options, settings: Settings) -> Target:
    """Where to go: the emulator, started when none answers, or AWS."""
    from motia_cdk.deploy import Target

    region = options.region or settings.region or os.environ.get("AWS_REGION")  # boto3 knows AWS_DEFAULT_REGION only
    if not options.local:
        return Target(region=region, profile=options.profile)
    if options.profile:
        raise UsageError("--profile has no meaning with --local.", remedy="Leave one of them out")
    from motia_local import emulator

    at = emulator.endpoint(Path.cwd(), region=region, report=options.console().note)
    return Target(region=at.region, endpoint_url=at.url, access_key=at.access_key, secret_key=at.secret_key)


def place(options: Options, *, needs_key: bool = True) -> Place:
    """What the options of a command on an existing environment say. UsageError when something is missing."""
    from motia_project.settings_file import read_settings

    key = api_key(options) if needs_key else ""
    settings, _ = read_settings(Path.cwd())
    project = options.project_name or settings.name
    return Place(project, environment_name(options, project), key, target(options, settings))
