"""`motia cloud deploy`: read, check, bundle, deploy."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import click

from motia_cli.commands.cloud.options import Options, api_key, environment_name, environment_options, required, target
from motia_cli.progress import Progress


@click.command("deploy")
@click.option("-v", "--version-name", help="Name of this version.")
@click.option("-d", "--version-description", help="Kept with the version.")
@click.option("-e", "--env-file", type=click.Path(path_type=Path), help="KEY=value lines for the functions.")
@click.option("--promote", is_flag=True, help="Make this version live at once.")
@environment_options
def command(
    options: Options, version_name: str | None, version_description: str | None, env_file: Path | None, promote: bool
) -> None:
    """Deploy the Steps of this folder as a version.

    The first version of an environment goes live. Later ones get a preview address and wait for 'motia cloud promote',
    unless --promote is given. Deploying an existing version name updates that version.
    """
    started = time.monotonic()
    console = options.console()
    key = api_key(options)
    version = required(version_name, "--version-name", "Name of this version", give="Pass -v NAME", ask=not options.ci)

    from motia_cdk.deploy import DeployRequest, check_names, deploy
    from motia_cdk.synth_process import SynthProcess
    from motia_project.bundling import Target, build
    from motia_project.checks import require_valid
    from motia_project.discovery import discover
    from motia_project.env_file import left_behind, read_env_file
    from motia_project.report import render

    check_names(  # before anything is built
        project=options.project_name,
        environment=options.environment_name,
        version=version,
        description=version_description or "",
    )
    with ExitStack() as stack:
        synth = stack.enter_context(SynthProcess())  # warms up while the bundles are built
        env_vars = read_env_file(env_file) if env_file else {}
        project = discover(Path.cwd())
        warnings = require_valid(project)
        project_name = options.project_name or project.settings.name
        wanted = Target.local() if options.local else Target.lambda_(project.settings)
        built = build(project, wanted, report=console.note)
        unsent = () if env_file else left_behind(project.root)
        if found := tuple(dict.fromkeys((*warnings, *built.warnings, *unsent))):
            console.note(render(found))
        console.step(f"{len(project.steps)} Steps: {len(built.built)} built, {len(built.reused)} unchanged")
        request = DeployRequest(
            manifest=built.manifest,
            dist=built.dist,
            settings=project.settings,
            project=project_name,
            environment=environment_name(options, project_name),
            version=version,
            api_key=key,
            target=target(options, project.settings),
            description=version_description,
            env_vars=env_vars,
            promote=promote,
        )
        result = deploy(request, report=Progress(console), synth=synth)
    result = replace(result, duration_s=round(time.monotonic() - started, 3))
    if options.as_json:
        console.json(asdict(result))
        return
    console.step(f"{result.project} {result.version} in {result.environment}", f"{result.duration_s:.1f} s")
    console.result(f"{'live' if result.live else 'not live yet'}: {result.api_url}")
    if result.preview_url:
        console.result(f"preview: {result.preview_url}")
    if result.domain_target:
        console.result(f"DNS: a CNAME or alias record of that name has to point at {result.domain_target}")
    if result.websocket_url:
        console.result(f"streams: {result.websocket_url}")
