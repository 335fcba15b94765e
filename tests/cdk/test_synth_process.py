"""The synthesis process: started early, asked often, ended cleanly."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cdk_manifests import ENVIRONMENT, api, manifest, orders
from motia.errors import MotiaError, ProjectError
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import EnvironmentRequest, VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.model import InvalidProject
from motia_project.settings import Settings

REQUEST = EnvironmentRequest("shop", "dev", Settings())


def test_asking_for_synthesis_does_not_load_the_cdk() -> None:
    code = "import sys, motia_cdk, motia_cdk.synth_process, motia_cdk.limits; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aws_cdk", "jsii", "constructs"} & set(loaded)


def test_requests_survive_the_way_to_the_process() -> None:
    environment = EnvironmentRequest("shop", "dev", Settings(preview=False), orders(), "v1")
    assert EnvironmentRequest.from_json(json.loads(json.dumps(environment.to_json()))) == environment
    version = VersionRequest(orders(), "v1", ENVIRONMENT, Settings(), {"ÄÖ": "ü\n"}, consume=False)
    assert VersionRequest.from_json(json.loads(json.dumps(version.to_json()))) == version


def test_one_process_answers_several_threads(synth_process: SynthProcess) -> None:
    requests = [replace(REQUEST, environment=f"env{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        names = [template.name for template in pool.map(synth_process.environment, requests)]
    assert names == [f"motia-shop--env{n}" for n in range(6)]


def test_a_refused_request_leaves_the_process_usable(synth_process: SynthProcess) -> None:
    bad = VersionRequest(orders(), "v1", ENVIRONMENT, Settings(), {"AWS_REGION": "x"})
    with pytest.raises(InvalidProject) as caught:
        synth_process.version(bad)
    assert caught.value.problems[0].key == "AWS_REGION"
    with pytest.raises(ProjectError, match="cannot be a route") as path:
        synth_process.version(VersionRequest(manifest(api("X", "GET", "/a/:b+")), "v1", ENVIRONMENT, Settings()))
    assert path.value.remedy
    assert synth_process.environment(REQUEST).resources


def test_without_a_folder_nothing_stays_behind() -> None:
    with SynthProcess() as process:
        path = process.environment(REQUEST).path
        assert path.exists()
    assert not path.parent.exists()


def test_closing_ends_the_process_and_may_be_repeated(tmp_path: Path) -> None:
    process = SynthProcess(tmp_path)
    process.close()
    process.close()
    with pytest.raises(MotiaError):
        process.environment(REQUEST)


def test_a_process_that_ends_early_is_an_error_that_names_the_log(tmp_path: Path) -> None:
    with SynthProcess(tmp_path) as process:
        process.environment(REQUEST)
        os.kill(process.pid, 9)
        with pytest.raises(MotiaError) as caught:
            process.environment(REQUEST)
        assert str(tmp_path) in str(caught.value)


def test_without_node_the_error_says_which_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JSII_NODE", raising=False)
    with pytest.raises(MotiaError, match=r"Node\.js 20 or newer"):
        SynthProcess(tmp_path)


def test_an_old_node_is_named_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v16.20.0 && exit 0\necho "SyntaxError" >&2\nexit 1\n')
    node.chmod(0o755)
    monkeypatch.setenv("JSII_NODE", str(node))
    with SynthProcess(tmp_path / "out") as process, pytest.raises(MotiaError, match=r"v16\.20\.0") as caught:
        process.environment(REQUEST)
    assert caught.value.allowed == "Node.js 20 or newer"


def test_a_node_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text('#!/bin/sh\n[ "$1" = --version ] && echo v22.0.0 && exit 0\ncat > /dev/null\n')
    node.chmod(0o755)
    monkeypatch.setenv("JSII_NODE", str(node))
    with SynthProcess(tmp_path / "out", answer_s=1) as process, pytest.raises(MotiaError, match="no answer within 1 s"):
        process.environment(REQUEST)


def test_modules_of_the_users_project_are_not_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("constructs", "aws_cdk", "json", "motia_cdk"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    monkeypatch.chdir(tmp_path)
    with SynthProcess(tmp_path / "out") as process:
        assert process.environment(REQUEST).resources


def test_outputs_of_another_stack_are_refused() -> None:
    with pytest.raises(MotiaError, match="StateTable"):
        EnvironmentRef.from_outputs({"Something": "else"})
