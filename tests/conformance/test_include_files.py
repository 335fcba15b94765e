"""Files that lie beside a Step when it runs."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import node_packages
from conformance.configured import errors, project
from conformance.conftest import APPS as LANGUAGES
from conformance.sentences import contract, sentence, sentences
from conformance.written import Written
from motia_project.bundling import Target, build
from parity.places import Place
from parity.serving import APPS


@sentences(
    "Include files",
    "name, text",
    {
        "a pattern such as ./templates/*.html is relative to the Step's file": ("glob", "<p>Welcome</p>\n"),
        "** matches folders below": ("deep", "Dear all\n"),
        "../ leads to files elsewhere in the project": ("above", "logo\n"),
        "included files lie at their paths in the project": ("root", "logo\n"),
    },
)
def test_an_included_file_can_be_read(place: Place, name: str, text: str) -> None:
    answer = place.call("GET", "/included")
    assert answer.status == 200
    assert answer.json()[name] == text


def bundled(tmp_path: Path, language: str) -> set[str]:
    """The paths in the bundle of the Steps with a route."""
    app = LANGUAGES[language]
    root = tmp_path / app
    shutil.copytree(APPS[app], root)
    if language == "typescript":
        node_packages.link(root)
    result = build(project(root, {}), Target.local(), dist=tmp_path / "dist")
    with zipfile.ZipFile(result.dist / f"router-{'python' if language == 'python' else 'node'}.zip") as archive:
        return set(archive.namelist())


@sentence("Include files", "included files are copied into the deployment bundle")
def test_files_are_in_the_bundle(tmp_path: Path, language: str) -> None:
    found = bundled(tmp_path, language)
    assert {"steps/templates/welcome.html", "steps/templates/mail/letter.txt", "assets/logo.txt"} <= found
    assert "assets/unasked.txt" not in found


@sentences(
    "Include files",
    "pattern",
    {
        contract("a file that is not there is an error"): "./missing.html",
        contract("a path out of the project is an error"): "../../outside.txt",
        contract("an absolute path is an error"): "/etc/hostname",
    },
)
def test_a_wrong_pattern(tmp_path: Path, language: str, pattern: str) -> None:
    written = Written(language)
    (tmp_path / "outside.txt").write_text("outside")
    found = errors(project(tmp_path / "shop", {written.step("a"): written.api(includeFiles=[pattern])}))
    assert [problem.key for problem in found] == ["includeFiles[0]"]
