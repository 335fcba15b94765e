"""`includeFiles`: what goes in, under which path, and what is refused."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("mail.html", {"steps/mail.html"}),
        ("./mail.html", {"steps/mail.html"}),
        ("../assets/logo.svg", {"assets/logo.svg"}),
        ("../assets/*.svg", {"assets/logo.svg"}),
        ("../assets/**/*.json", {"assets/a.json", "assets/deep/er/b.json"}),
        ("../assets/*.{svg,json}", {"assets/logo.svg", "assets/a.json"}),
        ("../assets/deep", {"assets/deep/er/b.json"}),
        ("../assets/[al]*", {"assets/logo.svg", "assets/a.json"}),
        ("../assets/d?ep/*/*.json", {"assets/deep/er/b.json"}),
        ("../.hidden/secret.txt", {".hidden/secret.txt"}),
        ("tëst ü.txt", {"steps/tëst ü.txt"}),
    ],
)
def test_files_are_stored_at_their_paths_in_the_project(app, pattern, expected):
    app.write("steps/mail.html")
    app.write("steps/tëst ü.txt")
    app.write("assets/logo.svg")
    app.write("assets/a.json")
    app.write("assets/deep/er/b.json")
    app.write(".hidden/secret.txt")
    app.step("s", include_files=(pattern,))
    app.build()
    assert app.files("s") - {"steps/s_step.py"} == expected


def test_a_path_that_does_not_exist_is_an_error(app):
    app.step("s", include_files=("mail.html", "gone.html"))
    app.write("steps/mail.html")
    (problem,) = app.problems()
    assert (problem.what, problem.file) == ("does not exist", "steps/s_step.py")
    assert (problem.key, problem.value) == ("includeFiles[1]", "gone.html")


def test_a_pattern_that_matches_nothing_is_a_warning(app):
    app.step("s", include_files=("*.html",))
    (warning,) = app.build().warnings
    assert (warning.what, warning.value) == ("matches no file", "*.html")


@pytest.mark.parametrize("pattern", ["../../outside.txt", "../../*.txt", "../assets/../../outside.txt", "*/../../../*"])
def test_a_path_outside_the_project_is_refused(app, pattern):
    app.write("../outside.txt")
    app.write("steps/folder/x")
    app.step("s", include_files=(pattern,))
    (problem,) = app.problems()
    assert problem.what == "points outside the project"


def test_an_absolute_path_is_refused(app):
    app.step("s", include_files=("/etc/hosts",))
    (problem,) = app.problems()
    assert problem.what == "is an absolute path"


def test_a_link_out_of_the_project_is_refused_directly_and_in_a_folder(app):
    outside = app.write("../outside/secret.txt")
    app.write("assets/ok.txt")
    (app.root / "assets/link.txt").symlink_to(outside)
    (app.root / "linked").symlink_to(outside.parent)
    app.step("a", include_files=("../assets/*",))
    app.step("b", include_files=("../linked/secret.txt",))
    assert [problem.what for problem in app.problems()] == [
        "takes in assets/link.txt, a link to a file outside the project",
        "takes in linked/secret.txt, a link to a file outside the project",
    ]


def test_a_link_inside_the_project_is_stored_as_a_file(app):
    target = app.write("shared/real.txt", "real")
    (app.root / "steps").mkdir()
    (app.root / "steps/link.txt").symlink_to(target)
    app.step("s", include_files=("link.txt",))
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        assert archive.read("steps/link.txt") == b"real"


def test_a_broad_pattern_leaves_out_what_tools_made(app):
    app.write("python_modules/lib/x.py")
    app.write("node_modules/x/index.js")
    app.write("assets/__pycache__/x.pyc")
    app.write("assets/a.txt")
    app.step("s", include_files=("../**/*",))
    app.build()
    app.build()  # now that dist/ and .motia/ are there
    assert app.files("s") == {"assets/a.txt", "steps/s_step.py"}


@pytest.mark.timeout(20)
def test_links_that_lead_back_are_followed_once(app):
    app.write("assets/deep/a.txt")
    for name in ("one", "two"):
        (app.root / f"assets/deep/{name}").symlink_to(app.root / "assets")
    app.step("s", include_files=("../**/*.txt", "../assets/**"))
    app.build()
    assert app.files("s") == {"assets/deep/a.txt", "steps/s_step.py"}


def test_a_folder_behind_a_link_is_part_of_a_pattern(app):
    app.write("shared/deep/a.txt")
    (app.root / "assets").mkdir()
    (app.root / "assets/link").symlink_to(app.root / "shared")
    app.step("s", include_files=("../assets/**/*.txt",))
    app.build()
    assert app.files("s") == {"assets/link/deep/a.txt", "steps/s_step.py"}


def test_names_that_bundles_use_themselves_are_refused(app):
    app.write("motia/x.txt")
    app.step("s", include_files=("../motia/*",))
    (problem,) = app.problems()
    assert "a name that bundles use themselves" in problem.what


def test_a_very_large_file_is_a_warning(app):
    with app.write("assets/model.bin").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    app.step("s", include_files=("../assets/model.bin",))
    (warning,) = app.build().warnings
    assert "assets/model.bin, 60 MB" in warning.what


def test_an_executable_file_stays_executable(app):
    app.write("bin/tool", "#!/bin/sh\n").chmod(0o700)
    app.write("bin/data").chmod(0o600)
    app.step("s", include_files=("../bin/*",))
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        modes = {name: archive.getinfo(name).external_attr >> 16 & 0o777 for name in ("bin/tool", "bin/data")}
    assert modes == {"bin/tool": 0o755, "bin/data": 0o644}
