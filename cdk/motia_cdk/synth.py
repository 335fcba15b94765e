"""Templates from constructs. The one part of this package that needs Node; run it in a process of its own.

`python -m motia_cdk.synth FOLDER` says when it is ready and answers requests as `motia_cdk.synth_wire` describes.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

# Set before aws_cdk starts Node, which inherits them.
os.environ.update(
    CDK_VALIDATION="false",  # checking templates takes three times as long as making them; the tests do it
    CDK_DISABLE_STACK_TRACE="1",
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION="20,21,23",
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION="1",
)

from aws_cdk import App, BootstraplessSynthesizer, CfnOutput, CfnParameter, Stack

from motia.errors import MotiaError
from motia_cdk.environment import MotiaEnvironment
from motia_cdk.limits import check_template, check_version
from motia_cdk.requests import LIVE_VERSION, EnvironmentRequest, StackTemplate, VersionRequest
from motia_cdk.stack_names import environment_stack, tags, version_stack
from motia_cdk.synth_wire import error_to_json
from motia_cdk.version import MotiaVersion

_CONTEXT = {
    "aws:cdk:enable-asset-metadata": False,
    "aws:cdk:enable-path-metadata": False,
    "@aws-cdk/core:stackResourceLimit": 0,  # counted by check_template, which says what to do
}


def synth_environment(request: EnvironmentRequest, folder: Path) -> StackTemplate:
    """The environment's stack, written under `folder`. Raises InvalidProject when AWS would refuse it."""
    name = environment_stack(request.project, request.environment)

    def build(stack: Stack) -> None:
        environment = MotiaEnvironment(
            stack,
            "Default",
            project=request.project,
            environment=request.environment,
            settings=request.settings,
            live=request.live,
            live_version=request.live_version,
        )
        outputs = environment.ref.outputs()
        if request.live and request.live_version:
            outputs[LIVE_VERSION] = request.live_version
        if environment.domain:
            outputs["DomainZoneId"] = environment.domain.zone_id
        _output(stack, outputs)

    written = _synth(name, folder, tags(request.project, request.environment), build)
    check_template(written.template, request.live, request.settings)
    return written


def synth_version(request: VersionRequest, folder: Path) -> StackTemplate:
    """The version's stack, written under `folder`. Raises InvalidProject when AWS would refuse it."""
    project, environment = request.environment.project, request.environment.environment
    name = version_stack(project, environment, request.version)
    # As parameters, whose values nobody reads back from CloudFormation: they may be secrets.
    parameters = {f"Variable{number}": variable for number, variable in enumerate(sorted(request.env_vars), 1)}
    check_version(request.manifest, request.version, request.environment, request.settings, request.env_vars)

    def build(stack: Stack) -> None:
        variables = {
            variable: CfnParameter(stack, id, no_echo=True, description=variable).value_as_string
            for id, variable in parameters.items()
        }
        version = MotiaVersion(
            stack,
            "Default",
            manifest=request.manifest,
            version=request.version,
            environment=request.environment,
            settings=request.settings,
            env_vars=variables,
            consume=request.consume,
        )
        _output(stack, {"PreviewUrl": version.preview_url} if version.preview_url else {})

    written = _synth(name, folder, tags(project, environment, request.version), build)
    check_template(written.template, request.manifest, request.settings)
    return replace(written, parameters={id: request.env_vars[variable] for id, variable in parameters.items()})


def _output(stack: Stack, outputs: dict[str, str]) -> None:
    for key, value in outputs.items():
        CfnOutput(stack, key, value=value)


def _synth(name: str, folder: Path, labels: dict[str, str], build: Callable[[Stack], None]) -> StackTemplate:
    """A cloud assembly of one stack that needs no bootstrapped account: no assets, no rules."""
    assembly = folder / name
    app = App(analytics_reporting=False, tree_metadata=False, context=_CONTEXT, outdir=str(assembly))
    stack = Stack(app, name, synthesizer=BootstraplessSynthesizer(), tags=labels)
    build(stack)
    app.synth()
    path = assembly / f"{name}.template.json"
    template = json.loads(path.read_text())
    path.write_text(json.dumps(template, separators=(",", ":")))
    return StackTemplate(name, path, {}, labels, len(template.get("Resources", {})))


def _answer(line: str, folder: Path) -> dict[str, Any]:
    raw = json.loads(line)
    try:
        if raw["stack"] == "environment":
            written = synth_environment(EnvironmentRequest.from_json(raw["request"]), folder)
        else:
            written = synth_version(VersionRequest.from_json(raw["request"]), folder)
        return {"ok": written.to_json()}
    except MotiaError as error:
        return {"error": error_to_json(error)}
    except Exception as error:
        traceback.print_exc()  # into the log, which the caller names
        first_line = str(error).partition("\n")[0] or type(error).__name__
        return {"error": error_to_json(MotiaError(f"the template could not be made: {first_line}"))}


def serve(folder: Path, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until there are no more."""
    print(json.dumps({"ok": None}), file=answers, flush=True)
    for line in requests:
        print(json.dumps(_answer(line, folder)), file=answers, flush=True)


def main() -> None:
    # Whatever libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(Path(sys.argv[1]), sys.stdin, answers)


if __name__ == "__main__":
    main()
