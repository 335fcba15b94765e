"""A build that would come to the same is not made; whatever could change its result is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from motia_cli.commands.build import command
from motia_project.last_build import LastBuild, Outcome, look, surroundings
from motia_project.last_build.look import UNSEEN, look_at_tree

STEP = """
from src.price import price
config = {{"type": "api", "name": "{name}", "path": "/{name}", "method": "GET", "emits": [],
          "includeFiles": ["../templates/*.html"]}}
async def handler(req, context):
    return {{"status": 200, "body": price(1)}}
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two Steps, built."""
    root = tmp_path / "above" / "app"
    for folder in ("steps", "src", "templates"):
        (root / folder).mkdir(parents=True)
    for name in ("one", "two"):
        (root / f"steps/{name}_step.py").write_text(STEP.format(name=name))
    (root / "src/price.py").write_text("def price(x):\n    return x * 2\n")
    (root / "templates/order.html").write_text("<p>order</p>\n")
    (root / "motia.toml").write_text('name = "app"\n')
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/rates.py").write_text("rate = 1\n")
    (root / "src/shared").symlink_to(tmp_path / "shared")
    monkeypatch.chdir(root)
    monkeypatch.setattr(surroundings, "_OF_THE_TERMINAL", {"PYTEST_CURRENT_TEST"})
    build()
    return root


def build(*options: str) -> str:
    done = CliRunner().invoke(command, list(options), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def last(root: Path, target: str = "aws") -> Outcome | None:
    return LastBuild(root, root / "dist", target).unchanged()


def rewrite(path: Path, text: str) -> None:
    """Change a file and give it the times it had."""
    stat = path.stat()
    path.write_text(text)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_nothing_changed(built: Path) -> None:
    outcome = last(built)
    assert outcome is not None
    assert outcome.steps == ("one", "two")
    assert "python/steps/one_step.zip" in outcome.sizes


def test_the_report_is_the_same_as_that_of_the_build(built: Path) -> None:
    (built / "steps/two_step.py").write_text(STEP.format(name="two").replace("order", "nothing").replace("*.h", "*.x"))
    first, second = build(), build()
    assert "matches no file" in first
    cut = first.index("bundle  ")
    assert first[cut:].splitlines()[:-1] == second[second.index("bundle  ") :].splitlines()[:-1]
    assert "matches no file" in second
    assert second.splitlines()[-1].startswith("✓ 0 built, 2 unchanged")


def test_an_unchanged_build_imports_neither_pydantic_nor_the_models(built: Path) -> None:
    program = "import sys\nfrom motia_cli.command_line import run\nassert run(['build', '--json']) == 0\n"
    program += (
        "print([name for name in ('pydantic', 'motia_project.model', 'motia_project.bundling') if name in sys.modules])"
    )
    environment = {**os.environ}
    done = subprocess.run([sys.executable, "-c", program], cwd=built, env=environment, capture_output=True, text=True)
    again = subprocess.run([sys.executable, "-c", program], cwd=built, env=environment, capture_output=True, text=True)
    assert done.returncode == again.returncode == 0, done.stderr
    assert again.stdout.splitlines()[-1] == "[]"


CHANGES: dict[str, Callable[[Path], object]] = {
    "a Step is edited": lambda root: (root / "steps/one_step.py").open("a").write("# more\n"),
    "a helper keeps its size and its times": lambda root: rewrite(
        root / "src/price.py", "def price(x):\n    return x * 3\n"
    ),
    "a Step is added": lambda root: (root / "steps/three_step.py").write_text(STEP.format(name="three")),
    "a Step is removed": lambda root: (root / "steps/two_step.py").unlink(),
    "a Step is renamed": lambda root: (root / "steps/two_step.py").rename(root / "steps/second_step.py"),
    "an included file is edited": lambda root: (root / "templates/order.html").write_text("<p>Order</p>\n"),
    "another file matches includeFiles": lambda root: (root / "templates/bill.html").write_text(""),
    "an included file may be executed": lambda root: (root / "templates/order.html").chmod(0o755),
    "a package takes the place of a module": lambda root: (root / "src/price").mkdir(),
    "motia.toml": lambda root: (root / "motia.toml").write_text('name = "app"\napi = "router"\n'),
    ".env": lambda root: (root / ".env").write_text("A=1\n"),
    "requirements.txt": lambda root: (root / "requirements.txt").write_text("# nothing yet\n"),
    "a Python environment": lambda root: (root / "python_modules").mkdir(),
    "package.json": lambda root: (root / "package.json").write_text("{}"),
    "package.json of a workspace": lambda root: (root.parent / "package.json").write_text("{}"),
    "tsconfig.json above": lambda root: (root.parent / "tsconfig.json").write_text("{}"),
    "a lock file above": lambda root: (root.parent / "pnpm-lock.yaml").write_text(""),
    "npm packages above": lambda root: (root.parent / "node_modules").mkdir(),
    "npm packages": lambda root: (root / "node_modules").mkdir(),
    "a file behind a link": lambda root: (root / "src/shared/rates.py").write_text("rate = 2\n"),
    "a file behind a link that is new": lambda root: (root / "src/shared/taxes.py").write_text("tax = 2\n"),
    "a link leads elsewhere": lambda root: [
        (root / "src/shared").unlink(),
        (root / "src/shared").symlink_to(root / "templates"),
    ],
    "a bundle is gone": lambda root: (root / "dist/python/steps/one_step.zip").unlink(),
    "a bundle was touched": lambda root: (root / "dist/python/steps/one_step.zip").touch(),
    "a bundle that is not ours": lambda root: (root / "dist/python/steps/old_step.zip").write_bytes(b""),
    "the manifest was edited": lambda root: (root / "dist/motia.steps.json").open("a").write("\n"),
    "dist is gone": lambda root: shutil.rmtree(root / "dist"),
    "the cache is gone": lambda root: shutil.rmtree(root / ".motia"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(built: Path, change: str) -> None:
    CHANGES[change](built)
    assert last(built) is None


def test_an_environment_variable_is_noticed(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION_OF_THE_SHOP", "north")
    assert last(built) is None


def test_another_interpreter_is_noticed(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/usr/bin/python3.99")
    assert last(built) is None


def test_another_version_of_this_tool_is_noticed(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = list(surroundings._tool())
    monkeypatch.setattr(surroundings, "_tool", lambda: [*known, ["motia_project/new.py", 1, 1]])
    assert last(built) is None


def test_another_target_has_a_record_of_its_own(built: Path) -> None:
    assert last(built, "local") is None
    build("--local")
    assert last(built, "local") is not None
    assert last(built) is None  # dist now holds the bundles of the other


def test_a_file_that_changes_during_the_build_is_noticed(built: Path) -> None:
    (built / "steps/one_step.py").write_text(STEP.format(name="one") + "# new\n")
    before = LastBuild(built, built / "dist", "aws")
    assert before.unchanged() is None
    outcome = Outcome(str(built / "dist"), ("one", "two"), (), "", "")
    (built / "src/price.py").write_text("def price(x):\n    return x * 5\n")
    before.keep(outcome, ())
    assert last(built) is None


def test_a_file_outside_of_the_project_is_watched(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "lib" / "money.ts"
    outside.parent.mkdir()
    outside.write_text("export {}\n")
    outcome = Outcome(str(built / "dist"), (), (), "", "")

    def keep() -> Outcome | None:
        before = LastBuild(built, built / "dist", "other")
        before.unchanged()
        before.keep(outcome, [outside])
        return last(built, "other")

    assert keep() is None  # it changed just now: whether it was read before or after, nobody knows
    monkeypatch.setattr(look, "SETTLED_NS", 0)
    assert keep() is not None
    (outside.parent / "money.js").write_text("")
    assert last(built, "other") is None
    assert keep() is not None
    outside.write_text("export const a = 1\n")
    assert last(built, "other") is None


def test_a_virtual_environment_that_a_pattern_may_reach_into_is_never_trusted(built: Path) -> None:
    (built / "venv").mkdir()
    (built / "venv/pyvenv.cfg").write_text("")
    assert f"venv{UNSEEN}" in look_at_tree(built, built / "dist")
    outcome = Outcome(str(built / "dist"), (), (), "", "")
    for patterns, is_kept in ((("../**/*.html",), False), (("../templates/*.html",), True)):
        before = LastBuild(built, built / "dist", "aws")
        before.unchanged()
        before.keep(outcome, (), patterns)
        assert (last(built) is not None) == is_kept


def test_a_spoiled_record_is_none(built: Path) -> None:
    for record in (built / ".motia/cache/builds").iterdir():
        record.write_text('{"key": 1')
    assert last(built) is None
