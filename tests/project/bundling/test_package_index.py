"""The public package index, with one tiny package that has native wheels. Skipped where there is no network."""

from __future__ import annotations

import pytest

from motia.errors import ProjectError
from motia_project.bundling import Target
from motia_project.model import InvalidProject
from motia_project.settings import Settings

ELF_MACHINE = {"arm64": 183, "x86_64": 62}  # e_machine, "ELF Header" of the System V ABI


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_native_wheels_are_those_of_the_target_and_not_of_this_machine(app, architecture):
    app.write("requirements.txt", "markupsafe==3.0.2\n")
    app.step("one", "import markupsafe")
    try:
        app.build(Target.lambda_(Settings(runtime="python3.13", architecture=architecture)))
    except InvalidProject:
        raise
    except ProjectError as offline:
        pytest.skip(offline.what)
    (native,) = [name for name in app.files("one") if name.endswith(".so")]
    with app.zip("python/steps/one_step.zip") as archive:
        header = archive.read(native)[:20]
    assert "cpython-313" in native
    assert int.from_bytes(header[18:20], "little") == ELF_MACHINE[architecture]
