"""What an app in memory leaves behind: nothing; what it takes along: its folder, its variables, its modules."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from motia.testing import MotiaTest, motia_test
from motia_project.model import InvalidProject
from testing_projects import api, event, project

COUNTING = """
from src import counter

config = {"type": "api", "name": "Count", "path": "/", "method": "GET", "emits": []}

async def handler(req, context):
    counter.count += 1
    return {"status": 200, "body": counter.count}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, "steps/c_step.py", COUNTING, "src/counter.py", "count = 0")


def count(root: Path, **options: object) -> list[int]:
    with motia_test(root, **options) as app:  # type: ignore[arg-type]
        return [app.call("Count").body, app.call("Count").body]


def test_no_state_of_a_module_passes_from_app_to_app(root: Path) -> None:
    assert count(root) == [1, 2]
    assert count(root) == [1, 2]


def test_modules_can_be_patched_while_the_app_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with motia_test(root) as app:
        monkeypatch.setattr("src.counter.count", 41)
        assert app.call("Count").body == 42


def test_modules_that_a_test_has_imported_can_be_shared(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(root)
    monkeypatch.delitem(sys.modules, "src", raising=False)
    monkeypatch.delitem(sys.modules, "src.counter", raising=False)
    import src.counter as counter  # type: ignore[import-not-found]

    counter.count = 10
    assert count(root) == [1, 2]
    assert sys.modules["src.counter"] is counter
    assert count(root, isolate=False) == [11, 12]
    for name in ("src.counter", "src", "steps.c_step", "steps"):
        sys.modules.pop(name, None)


def test_test_modules_stay_where_they_are(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(root, "tests/helpers.py", "", "test_more.py", "")
    monkeypatch.syspath_prepend(root)
    import test_more  # type: ignore[import-not-found]

    with motia_test(root):
        assert sys.modules["test_more"] is test_more


def test_everything_is_as_before(root: Path) -> None:
    (root / ".env").write_text("FROM_FILE=file\n")

    def surroundings() -> tuple[Path, dict[str, str], list[str], list[object], set[str]]:
        modules = {name for name in sys.modules if name.split(".")[0] in ("src", "steps")}
        return Path.cwd(), dict(os.environ), list(sys.path), list(sys.path_hooks), modules

    for left in surroundings()[-1]:  # by other tests of this process
        del sys.modules[left]
    before = surroundings()
    with motia_test(root, env={"FROM_TEST": "test"}):
        assert Path.cwd() == root
        assert (os.environ["FROM_FILE"], os.environ["FROM_TEST"]) == ("file", "test")
    assert surroundings() == before


def test_everything_is_as_before_when_a_project_is_broken(root: Path) -> None:
    project(root, "steps/bad_step.py", "import nothing_like_it")
    before = (Path.cwd(), list(sys.path))
    with pytest.raises(InvalidProject), motia_test(root):
        pass
    assert (Path.cwd(), list(sys.path)) == before


def test_an_asynchronous_app_that_does_not_start_leaves_nothing_behind(root: Path) -> None:
    project(root, "steps/bad_step.py", "import nothing_like_it")
    before = Path.cwd()

    async def check() -> None:
        async with MotiaTest(root):
            pass

    with pytest.raises(InvalidProject):
        asyncio.run(check())
    assert Path.cwd() == before


def test_a_step_finds_its_variables_and_files(tmp_path: Path) -> None:
    body = 'import os\nreturn {"status": 200, "body": [os.environ["SECRET"], open("files/a.txt").read()]}'
    root = project(tmp_path, "steps/a_step.py", api("A", "/a", body), "files/a.txt", "content", ".env", "SECRET=s3")
    with motia_test(root) as app:
        assert app.call("A").body == ["s3", "content"]
    with motia_test(root, env={"SECRET": "given"}) as app:
        assert app.call("A").body == ["given", "content"]


def test_two_apps_can_run_at_a_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        seen = f'await context.state.set("seen", "{name}", data)'
        project(tmp_path / name, "steps/a_step.py", event("A", seen))
    with motia_test(tmp_path / "one") as one, motia_test(tmp_path / "two") as two:
        one.emit("work", 1)
        two.emit("work", 2)
        two.wait_idle()
        one.wait_idle()
        assert (one.state.get("seen", "one"), one.state.get("seen", "two")) == (1, None)
        assert (two.state.get("seen", "one"), two.state.get("seen", "two")) == (None, 2)
