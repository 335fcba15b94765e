"""Bytecode made ahead."""

from __future__ import annotations

import json
import random
import sys
import sysconfig
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia_project.bundling.bytecode import Compiler, find_compiler
from motia_project.bundling.target import Target
from motia_project.settings import Settings

HERE = Compiler(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))


def test_it_does_not_depend_on_what_is_compiled_with_it_or_before_it():
    sources = [(path, f"x/{path.name}") for path in sorted(Path(json.__file__).parent.glob("*.py"))]
    library = Path(sysconfig.get_path("stdlib"))
    sources += [(library / name, name) for name in ("ast.py", "argparse.py", "typing.py", "logging/__init__.py")]
    together = dict(zip(sources, HERE.compile(sources), strict=True))
    shuffled = random.Random(1).sample(sources * 4, len(sources) * 4)
    assert dict(zip(shuffled, HERE.compile(shuffled), strict=True)) == together
    assert all(HERE.compile([one]) == [together[one]] for one in sources[:3])


def test_what_is_not_python_of_this_version_has_none(tmp_path):
    good, bad, null = (tmp_path / name for name in ("good.py", "bad.py", "null.py"))
    good.write_text("x = 1")
    bad.write_text("print 'two'")
    null.write_bytes(b"x = 1\0")
    first, *rest = HERE.compile([(good, "good.py"), (bad, "bad.py"), (null, "null.py")])
    assert first
    assert rest == [b"", b""]


def test_its_place_is_beside_the_source():
    compiler = Compiler(Path("python"), "3.13.5")
    assert compiler.pyc("a/b.py") == "a/__pycache__/b.cpython-313.pyc"
    assert compiler.pyc("b.py") == "__pycache__/b.cpython-313.pyc"


def test_the_environment_of_the_project_is_preferred(tmp_path):
    python = tmp_path / "python_modules/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "python_modules/pyvenv.cfg").write_text("version_info = 3.14.2\n")
    assert find_compiler(tmp_path, Target.lambda_(Settings(runtime="python3.14"))) == Compiler(python, "3.14.2")
    assert find_compiler(tmp_path, Target.local()) == HERE
    other = "python3.13" if sys.version_info.minor != 13 else "python3.12"
    assert find_compiler(tmp_path, Target.lambda_(Settings(runtime=other))) is None


def test_an_interpreter_that_does_not_run_is_a_clear_error(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no libpython >&2\nexit 127\n")
    broken.chmod(0o755)
    with pytest.raises(ProjectError, match="no libpython") as caught:
        Compiler(broken, "3.13.0").compile([(tmp_path / "x.py", "x.py")])
    assert "motia install" in caught.value.remedy
