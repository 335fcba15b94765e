"""`python_modules`: the virtual environment of a project, in which its Steps are read, run and compiled."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from motia.errors import ProjectError
from motia_project.bundling.requirements import Requirements, implicit_pydantic, read_requirements
from motia_project.bundling.uv import UvFailed, explain, run_uv
from motia_project.finder import FOLDERS, find
from motia_project.model import InvalidProject
from motia_project.settings_file import read_settings

FOLDER = "python_modules"
_MARKER = ".motia-install.json"
_PYDANTIC = re.compile(rb"^\s*(?:from|import)\s+pydantic\b", re.MULTILINE)


def make_python_modules(root: Path, *, report: Callable[[str], None]) -> bool:
    """Make or update the virtual environment of the project at `root` from its requirements; whether it needs one.

    It has the Python of the project's runtime when that is at hand, otherwise ours. Nothing is done when nothing
    changed, and without requirements and Python Steps. Raises InvalidProject for a requirement that is wrong or cannot
    be installed, ProjectError when the package index does not answer or the folder is not ours to replace.
    """
    requirements = read_requirements(root)
    names = requirements.names()
    if not requirements and not _has_python_steps(root):
        return False
    settings, problems = read_settings(root)
    if any(problem.severity == "error" for problem in problems):
        raise InvalidProject(problems)

    folder = root / FOLDER
    python = _python(settings.runtime, root, report)
    wants_pydantic = "pydantic" not in names and _uses_pydantic(root)
    key = _key(requirements, wants_pydantic, python)
    if _installed(folder) == key:
        report(f"{FOLDER} is up to date")
        return True
    _make_environment(folder, python, root, report)
    if requirements:
        report(f"installing {len(names)} requirement{'' if len(names) == 1 else 's'}")
        _install(folder, ["-r", str(requirements.source), "--exact"], requirements)
    if wants_pydantic and not _has(folder, "pydantic"):
        implicit = implicit_pydantic()
        report(f"installing {implicit}, which the Steps import and no requirement lists")
        _install(folder, [implicit], requirements)
    (folder / _MARKER).write_text(json.dumps({"key": key}))
    report(f"{FOLDER} is ready")
    return True


def _has_python_steps(root: Path) -> bool:
    found, _ = find(root)
    return any(one.language == "python" for one in found)


def _uses_pydantic(root: Path) -> bool:
    files = (file for folder in FOLDERS for file in (root / folder).rglob("*.py"))
    return any(_PYDANTIC.search(file.read_bytes()) for file in files if file.is_file())


def _python(runtime: str, root: Path, report: Callable[[str], None]) -> str:
    """An interpreter of the runtime's minor version, ours if there is none."""
    minor = int(runtime.rpartition(".")[2])
    if minor == sys.version_info.minor:
        return sys.executable
    try:
        return run_uv(["python", "find", f"3.{minor}", "--no-project", "--system"], root).splitlines()[0]
    except UvFailed:
        ours = f"3.{sys.version_info.minor}"
        report(f"Python 3.{minor} is not installed here; {FOLDER} gets Python {ours}, and bundles carry no bytecode")
        return sys.executable


def _key(requirements: Requirements, wants_pydantic: bool, python: str) -> str:
    interpreter = [str(Path(python).resolve()), sys.version if python == sys.executable else ""]
    return hashlib.sha256(json.dumps([requirements.digest(), wants_pydantic, interpreter]).encode()).hexdigest()


def _installed(folder: Path) -> str | None:
    """The key of a finished install whose interpreter is still there."""
    try:
        key: str = json.loads((folder / _MARKER).read_text())["key"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return None
    return key if _interpreter(folder).exists() else None


def _make_environment(folder: Path, python: str, root: Path, report: Callable[[str], None]) -> None:
    """A virtual environment with this Python at `folder`; one that fits is kept."""
    (folder / _MARKER).unlink(missing_ok=True)
    if _interpreter(folder).exists() and _version(folder) == _version_of(python, root):
        return
    is_ours = (folder / "pyvenv.cfg").is_file()
    if folder.exists() and not is_ours and any(folder.iterdir()):
        raise ProjectError(
            f"{FOLDER} is there and is not a virtual environment",
            where=str(folder),
            remedy=f"move it away; `motia install` makes {FOLDER} itself",
        )
    report(f"making {FOLDER} with Python {_version_of(python, root)}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run_uv(["venv", str(folder), "--python", python, "--no-project"], root)
    except UvFailed as failure:
        raise ProjectError(f"{FOLDER} cannot be made: {failure.output}", where=str(folder)) from None


def _install(folder: Path, what: list[str], requirements: Requirements) -> None:
    try:
        run_uv(["pip", "install", "--python", str(_interpreter(folder)), *what], requirements.root)
    except UvFailed as failure:
        raise explain(failure, requirements, "this machine") from None


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _version(folder: Path) -> str | None:
    found = re.search(r"^version(?:_info)?\s*=\s*(\S+)", (folder / "pyvenv.cfg").read_text(), re.MULTILINE)
    return found[1] if found else None


def _version_of(python: str, root: Path) -> str:
    if python == sys.executable:
        return ".".join(map(str, sys.version_info[:3]))
    found = re.search(r"\d+\.\d+\.\d+", run_uv(["python", "find", python, "--no-project", "--show-version"], root))
    return found[0] if found else python


def _has(folder: Path, package: str) -> bool:
    return (
        any(folder.glob(f"lib/python3*/site-packages/{package}")) or (folder / "Lib/site-packages" / package).is_dir()
    )
