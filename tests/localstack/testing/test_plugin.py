"""What pytest gets by itself."""

import subprocess
import sys
from pathlib import Path

from testing_projects import api, project

TESTS = """
def test_hello(motia_app):
    assert motia_app.call("Hello").body == "hi"
"""


def test_the_fixture_runs_the_project_of_the_configuration(tmp_path: Path) -> None:
    hello = api("Hello", "/", 'return {"status": 200, "body": "hi"}')
    project(tmp_path, "app/steps/h_step.py", hello, "app/tests/test_it.py", TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmotia_root = app\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
