"""Where bundles run."""

from __future__ import annotations

import platform
import sys

import pytest

from motia_project.bundling import Target
from motia_project.settings import PYTHON_RUNTIMES, Settings


@pytest.mark.parametrize(
    ("runtime", "architecture", "expected"),
    [
        ("python3.11", "arm64", "aarch64-manylinux2014"),
        ("python3.11", "x86_64", "x86_64-manylinux2014"),
        ("python3.12", "arm64", "aarch64-manylinux_2_34"),
        ("python3.14", "x86_64", "x86_64-manylinux_2_34"),
    ],
)
def test_wheels_fit_the_c_library_of_the_lambda_runtime(runtime, architecture, expected):
    assert Target.lambda_(Settings(runtime=runtime, architecture=architecture)).platform == expected


def test_markers_speak_of_the_target():
    environment = Target.lambda_(Settings(runtime="python3.14", architecture="arm64")).marker_environment()
    assert environment["python_version"] == "3.14"
    assert environment["platform_machine"] == "aarch64"
    assert environment["sys_platform"] == "linux"


def test_the_local_target_is_this_interpreter_on_this_machine():
    target = Target.local()
    assert target.runtime == f"python3.{sys.version_info.minor}"
    assert target.marker_environment()["platform_machine"] == platform.machine()
    assert target.standard_library() == frozenset(sys.stdlib_module_names)


def test_the_standard_library_is_that_of_the_target():
    names = {runtime: Target.lambda_(Settings(runtime=runtime)).standard_library() for runtime in PYTHON_RUNTIMES}
    assert [runtime for runtime in names if "distutils" in names[runtime]] == ["python3.11"]
    assert [runtime for runtime in names if "cgi" in names[runtime]] == ["python3.11", "python3.12"]
    assert [runtime for runtime in names if "annotationlib" in names[runtime]] == ["python3.14"]
    assert all({"json", "tomllib"} <= one for one in names.values())
