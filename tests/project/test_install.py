"""`motia install`: the project's virtual environment."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia_project.install import install
from motia_project.interpreter import interpreter
from motia_project.model import InvalidProject


class Place:
    """A project whose package index is a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "app"
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True)
        self.write("uv.toml", f'no-index = true\nfind-links = ["{self.wheels}"]\n')

    def write(self, path: str, text: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def wheel(self, name: str, version: str = "1.0") -> None:
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(self.wheels / f"{name}-{version}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{name}/__init__.py", f"VERSION = '{version}'\n")
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(
                f"{info}/RECORD", f"{name}/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
            )

    def install(self) -> list[str]:
        lines: list[str] = []
        install(self.root, report=lines.append)
        return lines

    def version(self, name: str) -> str | None:
        """Version of a package in the environment."""
        program = f"import {name}; print({name}.VERSION)"
        done = subprocess.run([interpreter(self.root), "-c", program], capture_output=True, text=True)
        return done.stdout.strip() or None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_requirements_are_installed_into_an_environment_of_the_project(place):
    place.wheel("alpha")
    place.write("requirements.txt", "alpha\n")
    place.install()
    assert interpreter(place.root) == place.root / "python_modules/bin/python"
    assert place.version("alpha") == "1.0"


def test_nothing_changed_nothing_done(place):
    place.wheel("alpha")
    place.write("requirements.txt", "alpha\n")
    place.install()
    place.write("requirements.txt", "alpha  # as before\n")
    assert place.install() == ["python_modules is up to date"]


def test_changed_requirements_are_brought_in_and_dropped_ones_go(place):
    place.wheel("alpha")
    place.wheel("beta")
    place.write("requirements.txt", "alpha\n")
    place.install()
    place.write("requirements.txt", "beta\n")
    lines = place.install()
    assert not any("making" in line for line in lines)
    assert (place.version("alpha"), place.version("beta")) == (None, "1.0")


def test_without_requirements_the_environment_is_made_for_python_steps_only(place):
    assert place.install() == ["no requirements, no package.json with dependencies and no Steps: nothing to install"]
    assert not (place.root / "python_modules").exists()
    place.write("steps/a_step.py")
    place.install()
    assert (place.root / "python_modules/bin/python").exists()


def test_pydantic_that_steps_import_is_installed_although_unlisted(place):
    place.wheel("pydantic", "2.99.0")
    place.wheel("pydantic", "3.0.0")
    place.write("steps/a_step.py", "from pydantic import BaseModel\n")
    place.install()
    assert place.version("pydantic") == "2.99.0"


def test_an_interrupted_install_is_taken_up_again(place):
    place.write("requirements.txt", "alpha\n")
    with pytest.raises(InvalidProject):
        place.install()
    place.wheel("alpha")
    place.install()
    assert place.version("alpha") == "1.0"


def test_an_environment_whose_python_went_away_is_made_anew(place):
    place.wheel("alpha")
    place.write("requirements.txt", "alpha\n")
    place.install()
    (place.root / "python_modules/bin/python").unlink()
    place.install()
    assert place.version("alpha") == "1.0"


def test_a_folder_that_is_no_environment_is_not_deleted(place):
    place.write("requirements.txt", "alpha\n")
    place.write("python_modules/mine.txt", "precious")
    with pytest.raises(ProjectError, match="is not a virtual environment"):
        place.install()
    assert (place.root / "python_modules/mine.txt").read_text() == "precious"


def test_a_wrong_line_is_named_before_anything_is_made(place):
    place.write("requirements.txt", "fine\nnot fine\n")
    with pytest.raises(InvalidProject) as caught:
        place.install()
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == ("requirements.txt", "line 2")
    assert not (place.root / "python_modules").exists()


def test_a_package_that_does_not_exist_is_named(place):
    place.write("requirements.txt", "acme-nowhere\n")
    with pytest.raises(InvalidProject) as caught:
        place.install()
    assert caught.value.problems[0].what == "the package acme-nowhere does not exist in the package index"


def test_an_index_that_does_not_answer_is_a_clear_error(place, monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(place.wheels / "uv-cache"))
    place.write("uv.toml", '[[index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n')
    place.write("requirements.txt", "alpha\n")
    with pytest.raises(ProjectError, match="the package index does not answer"):
        place.install()


def test_a_runtime_without_an_interpreter_here_falls_back_to_ours_and_says_so(place, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(place.wheels))
    other = "python3.14" if sys.version_info.minor != 14 else "python3.12"
    place.write("motia.toml", f'runtime = "{other}"\n')
    place.write("steps/a_step.py")
    lines = place.install()
    assert lines[0].startswith(f"Python {other.removeprefix('python')} is not installed here")
    assert (place.root / "python_modules/bin/python").exists()
