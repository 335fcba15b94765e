"""uv, and what its failures mean to somebody who wrote a requirements file."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from motia.errors import ProjectError
from motia_project.bundling.requirements import Requirements, place
from motia_project.model import InvalidProject, Problem

_NO_WHEEL = re.compile(r"([A-Za-z0-9][\w.-]*?)(?:==[^\s,]+)? ha(?:s|ve) no (?:usable )?wheels?\b")
_NEEDS_WHEEL = re.compile(r"Wheels are required for `([^`]+)`|attempted to build `([^`]+)`")
_UNBUILT = re.compile(r"Failed to build `([A-Za-z0-9][\w.-]*)")
_ABSENT = re.compile(r"([A-Za-z0-9][\w.-]*) was not found in the (?:package registry|provided package locations|cache)")
_OFFLINE = re.compile(r"Failed to fetch|error sending request|network was disabled|dns error|Could not connect")
_NOT_PASSED_ON = ("VIRTUAL_ENV", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_COMPILE_BYTECODE")  # we say those ourselves


class UvFailed(Exception):
    """uv ended with an error; `output` is what it said."""

    def __init__(self, output: str) -> None:
        super().__init__(output)
        self.output = output

    @property
    def no_wheel(self) -> str | None:
        """The package that has no wheel for the target, when that is what failed."""
        if needed := _NEEDS_WHEEL.search(self.output):
            return needed[1] or needed[2]
        found = _NO_WHEEL.search(self.output.replace("all versions of ", ""))
        return found[1] if found else None


def uv_version() -> str:
    """Version of the uv that is installed beside us."""
    return version("uv")


def run_uv(arguments: list[str], cwd: Path) -> str:
    """Run uv in `cwd` and return what it wrote. Raises UvFailed."""
    from uv import find_uv_bin

    command = [find_uv_bin(), *arguments, "--no-progress", "--color", "never", "--no-python-downloads"]
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_PASSED_ON}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise UvFailed(done.stderr.strip())
    return done.stdout + done.stderr


def explain(failure: UvFailed, requirements: Requirements, target: str) -> ProjectError:
    """The error a person sees for a failed install on `target` (in words)."""
    output = re.sub(r"^Using (?:C?Python|PyPy).*\n?", "", failure.output, flags=re.MULTILINE)
    source = requirements.source or "requirements.txt"
    if _OFFLINE.search(output):
        return ProjectError(
            "the packages of the project cannot be downloaded: the package index does not answer",
            where=source,
            remedy="check the network, the proxy and the index (UV_DEFAULT_INDEX); installed packages are reused",
        )
    if package := failure.no_wheel:
        return InvalidProject((_without_wheel(package, requirements, target),))
    if unbuilt := _UNBUILT.search(output):
        what = f"the package {unbuilt[1]} has no wheel for {target}, and building it failed"
        way_out = "ask for a version that has a wheel, or install what its documentation says building it needs"
        return InvalidProject((_at(requirements, unbuilt[1], what, way_out),))
    if absent := _ABSENT.search(output):
        what = f"the package {absent[1]} does not exist in the package index"
        return InvalidProject((_at(requirements, absent[1], what, "check its spelling"),))
    reason = " ".join(output.replace("error: ", "").replace("cause: ", "").split())
    return InvalidProject((Problem(f"the requirements cannot be installed for {target}: {reason}", file=source),))


def _without_wheel(package: str, requirements: Requirements, target: str) -> Problem:
    way_out = (
        "ask for a version that has one, choose another `architecture` or `runtime` in motia.toml, or build a wheel and"
        " list its path (./wheels/...whl)"
    )
    return _at(requirements, package, f"the package {package} has no wheel for {target}", way_out)


def _at(requirements: Requirements, package: str, what: str, remedy: str) -> Problem:
    line = requirements.find(package)
    if line is None:
        return Problem(f"{what}; another requirement needs it", file=requirements.source, remedy=remedy)
    return Problem(what, file=line.file, key=place(line), value=line.text, remedy=remedy)
