"""What the disk refuses is told as what it is: no traceback, the path, the way out."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from motia_cli.disk_error import disk_error

MOTIA = str(Path(sys.executable).with_name("motia"))
STEP = """
config = {"type": "api", "name": "Hello", "path": "/hello", "method": "GET", "emits": []}
async def handler(req, context):
    return {"status": 200}
"""


@pytest.mark.parametrize(
    ("command", "file"),
    [(["build"], "dist"), (["build"], ".motia"), (["install"], "python_modules"), (["dev", "-p", "0"], ".motia")],
)
def test_a_file_in_the_place_of_a_folder_of_ours(tmp_path: Path, command: list[str], file: str) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/hello_step.py").write_text(STEP)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / file).touch()
    done = subprocess.run([MOTIA, *command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"where: {tmp_path / file}" in done.stderr
    assert "do: move away " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EMFILE])
def test_it_is_the_projects_problem_and_has_a_remedy(number: int) -> None:
    told = disk_error(OSError(number, os.strerror(number), "/x/dist"))
    assert told is not None
    assert (told.exit_code, told.where) == (1, "/x/dist")
    assert told.remedy


def test_other_failures_of_the_system_are_not_the_disks() -> None:
    assert disk_error(ConnectionRefusedError(errno.ECONNREFUSED, "refused")) is None
    assert disk_error(OSError("no number")) is None
