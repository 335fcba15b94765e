"""What a build of TypeScript Steps depends on is noticed, wherever it lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from motia_cli.commands.build import command
from motia_project.last_build import LastBuild, Outcome, look, surroundings

STEP = """
import { one } from 'pure'
import { shared } from '@team/shared'
export const config = { type: 'api', name: 'hello', path: '/hello', method: 'GET', emits: [] }
export const handler = async () => ({ status: 200, body: { one, shared } })
"""
NOOP = """
import { label } from '@team/labels'
export const config = { type: 'noop', name: label, virtualEmits: [], virtualSubscribes: [] }
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in a workspace that links two packages of the workspace, built."""
    root = tmp_path / "apps/hello"
    write(root / "steps/hello.step.ts", STEP)
    write(root / "steps/drawn.step.ts", NOOP)
    write(root / "package.json", '{"type": "module"}')
    write(root / "tsconfig.json", '{"extends": "../../tsconfig.shared.json"}')
    write(tmp_path / "tsconfig.shared.json", "{}")
    write(root / "node_modules/pure/package.json", '{"name": "pure", "type": "module", "main": "p.js"}')
    write(root / "node_modules/pure/p.js", "export const one = 1\n")
    for name, code in (("shared", "export const shared = 'shared'\n"), ("labels", "export const label = 'drawn'\n")):
        write(tmp_path / f"packages/{name}/package.json", json.dumps({"name": f"@team/{name}", "main": "src/index.ts"}))
        write(tmp_path / f"packages/{name}/src/index.ts", code)
        (tmp_path / "node_modules/@team").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"node_modules/@team/{name}").symlink_to(tmp_path / f"packages/{name}")
    monkeypatch.chdir(root)
    monkeypatch.setattr(surroundings, "_OF_THE_TERMINAL", {"PYTEST_CURRENT_TEST"})
    monkeypatch.setattr(surroundings, "_tool", list)
    monkeypatch.setattr(look, "SETTLED_NS", 0)
    done = CliRunner().invoke(command, ["--local"], catch_exceptions=False)
    assert done.exit_code == 0
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def last(root: Path) -> Outcome | None:
    return LastBuild(root, root / "dist", "local").unchanged()


def test_nothing_changed(built: Path) -> None:
    outcome = last(built)
    assert outcome is not None
    assert outcome.steps == ("hello",)


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "a Step": lambda root, above: write(root / "steps/hello.step.ts", STEP + "// more\n"),
    "a Step that is only drawn": lambda root, above: write(root / "steps/drawn.step.ts", NOOP + "// more\n"),
    "a file of a package": lambda root, above: write(root / "node_modules/pure/p.js", "export const one = 2\n"),
    "a file beside it": lambda root, above: write(root / "node_modules/pure/p.json", "{}"),
    "another package is installed": lambda root, above: (root / "node_modules/more").mkdir(),
    "a file of a package of the workspace": lambda root, above: write(
        above / "packages/shared/src/index.ts", "export const shared = 'other'\n"
    ),
    "a file of one that only a configuration imports": lambda root, above: write(
        above / "packages/labels/src/index.ts", "export const label = 'other'\n"
    ),
    "the configuration of TypeScript that is extended": lambda root, above: write(
        above / "tsconfig.shared.json", '{"compilerOptions": {}}'
    ),
    "esbuild's options": lambda root, above: write(root / "esbuild.config.json", "{}"),
    "a lock file above": lambda root, above: write(above / "package-lock.json", "{}"),
    "a project's own configuration": lambda root, above: write(root / "motia.config.ts", "export default {}\n"),
    "a bundle": lambda root, above: (root / "dist/node/steps/hello.step.zip").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(built: Path, tmp_path: Path, change: str) -> None:
    CHANGES[change](built, tmp_path)
    assert last(built) is None
