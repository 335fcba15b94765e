"""Templates as CloudFormation gets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_manifests import ENVIRONMENT, api, event, manifest, orders
from motia_cdk.requests import EnvironmentRequest, StackTemplate, VersionRequest
from motia_cdk.stack_names import environment_stack, version_stack
from motia_cdk.synth_process import SynthProcess
from motia_project.settings import Settings

EVERYTHING = Settings.model_validate(
    {
        "vpc": {"subnet_ids": ["subnet-12345678"], "security_group_ids": ["sg-12345678"]},
        "domain": {
            "name": "api.example.com",
            "certificate_arn": "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        },
        "alarms": {"topic_arn": "arn:aws:sns:eu-central-1:123456789012:ops"},
    }
)


def templates(process: SynthProcess) -> list[StackTemplate]:
    """One of every kind."""
    router = manifest(api("A", "GET", "/a", ("b",)), event("B", ("b",)), router=True)
    return [
        process.environment(EnvironmentRequest("empty", "dev", Settings())),
        process.environment(EnvironmentRequest("shop", "dev", Settings(), orders(), "v1")),
        process.environment(EnvironmentRequest("shop", "all", EVERYTHING, orders(), "v1")),
        process.version(VersionRequest(orders(), "v1", ENVIRONMENT, Settings())),
        process.version(VersionRequest(orders(), "all", ENVIRONMENT, EVERYTHING, {"KEY": "value"})),
        process.version(VersionRequest(router, "router", ENVIRONMENT, Settings())),
    ]


@pytest.mark.slow
def test_cfn_lint_finds_nothing(synth_process: SynthProcess) -> None:
    paths = [str(template.path) for template in templates(synth_process)]
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-central-1", "--format", "json", "--"]
    done = subprocess.run([*lint, *paths], capture_output=True, text=True, timeout=150, check=False)
    findings = [
        f"{f['Level']} {f['Rule']['Id']} {Path(f['Filename']).name}: {f['Message']}" for f in json.loads(done.stdout)
    ]
    # the action that emulators ask for beside AWS's own, see motia_cdk.role_plan
    known = [finding for finding in findings if finding.startswith("Warning W3037") and "'sendmessagebatch'" in finding]
    assert [finding for finding in findings if finding not in known] == []


def test_equal_requests_give_equal_bytes(synth_process: SynthProcess, tmp_path: Path) -> None:
    first = [(template.name, template.body) for template in templates(synth_process)]
    seed = {"PYTHONHASHSEED": "7"}
    os.environ.update(seed)
    try:
        with SynthProcess(tmp_path) as other:
            assert [(template.name, template.body) for template in templates(other)] == first
    finally:
        os.environ.pop("PYTHONHASHSEED")


def test_a_template_needs_no_bootstrapped_account(synth_process: SynthProcess) -> None:
    for template in templates(synth_process):
        body = template.template
        assert not body.keys() - {"Parameters", "Resources", "Outputs"}
        assert template.parameters.keys() == body.get("Parameters", {}).keys()
        assert template.resources == len(body["Resources"])
        assert not any("Metadata" in resource for resource in body["Resources"].values())
        assert "cdk-hnb659fds" not in template.body


def test_stacks_are_named_and_tagged(synth_process: SynthProcess) -> None:
    environment = synth_process.environment(EnvironmentRequest("shop", "dev", Settings()))
    version = synth_process.version(VersionRequest(orders(), "v1.2", ENVIRONMENT, Settings()))
    assert environment.name == environment_stack("shop", "dev") == "motia-shop--dev"
    assert environment.tags == {"motia:project": "shop", "motia:environment": "dev"}
    assert version.name == version_stack("shop", "dev", "v1.2")
    assert version.tags == {**environment.tags, "motia:version": "v1.2"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("shop", "prod", "v1"), ("shop", "prod-v1", None)),
        (("shop", "prod", "v1"), ("shop-prod", "v1", None)),
        (("shop", "dev", "v1.0"), ("shop", "dev", "v1-0")),
    ],
)
def test_stack_names_do_not_meet(one: tuple[str, str, str | None], other: tuple[str, str, str | None]) -> None:
    names = {
        environment_stack(project, environment) if version is None else version_stack(project, environment, version)
        for project, environment, version in (one, other)
    }
    assert len(names) == 2


def test_stack_names_are_legal_however_long(synth_process: SynthProcess) -> None:
    name = version_stack("Ein ganz langer Näme " * 10, "prod", "v" * 200)
    assert len(name) <= 128
    assert name[0].isalpha()
    assert all(character.isalnum() or character == "-" for character in name)
