"""`motia generate-types`, which is `motia generate types`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import node_packages
from step_sources import api, event

MOTIA = str(Path(sys.executable).with_name("motia"))
SEND = """
import { z } from 'zod'
export const config = { type: 'cron', name: 'Send', cron: '0 9 * * *', emits: ['work'] }
export const handler = async () => {}
"""


def motia(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTIA_"))}
    return subprocess.run([MOTIA, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, env=clean)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    node_packages.link(tmp_path)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/work_step.py").write_text(
        event(input={"type": "object", "properties": {"n": {"type": "integer"}}})
    )
    (tmp_path / "steps/send.step.ts").write_text(SEND)
    return tmp_path


@pytest.mark.parametrize("command", [("generate-types",), ("generate", "types")])
def test_the_types_of_both_languages_are_written(root: Path, command: tuple[str, ...]) -> None:
    done = motia(*command, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "types.d.ts written  2 Steps" in done.stderr
    text = (root / "types.d.ts").read_text()
    assert "'Work': EventHandler<{ n?: number }, { topic: 'work'; data: { n?: number } }>" in text
    assert "'Send': CronHandler<{ topic: 'work'; data: { n?: number } }>" in text
    assert "types.d.ts is up to date" in motia(*command, cwd=root).stderr


def test_what_steps_import_can_be_imported_by_tests_too(root: Path) -> None:
    assert motia("generate-types", cwd=root).returncode == 0
    for name in ("motia", "@motiadev/core"):
        program = f"import {{ StreamAdapter, defineConfig }} from '{name}'; console.log(typeof StreamAdapter)"
        command = ["node", "--input-type=module", "-e", program]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60)
        assert done.stdout == "function\n", done.stderr


def test_the_package_of_somebody_else_is_kept(root: Path) -> None:
    theirs = root / "node_modules/motia"
    theirs.mkdir()
    (theirs / "package.json").write_text('{"name": "motia", "version": "0.17.6"}')
    done = motia("generate-types", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "node_modules/motia is not ours" in done.stderr
    assert [path.name for path in theirs.iterdir()] == ["package.json"]
    assert (root / "node_modules/@motiadev/core/index.d.ts").exists()


def test_a_package_of_ours_that_is_out_of_date_is_replaced(root: Path) -> None:
    assert motia("generate-types", cwd=root).returncode == 0
    ours = root / "node_modules/motia"
    manifest = json.loads((ours / "package.json").read_text())
    (ours / "package.json").write_text(
        json.dumps({**manifest, "motia-aws": {**manifest["motia-aws"], "digest": "old"}})
    )
    (ours / "index.d.ts").write_text("")
    assert motia("generate-types", cwd=root).returncode == 0
    assert "interface Handlers" in (ours / "index.d.ts").read_text()


def test_warnings_are_shown_and_do_not_fail(root: Path) -> None:
    (root / "steps/send.step.ts").write_text(SEND.replace("'work'", "'wrok'"))
    done = motia("generate-types", cwd=root)
    assert done.returncode == 0
    assert "did you mean 'work'?" in done.stderr
    assert "'Send': CronHandler<never>" in (root / "types.d.ts").read_text()


def test_a_broken_project_keeps_the_types_it_has(root: Path) -> None:
    (root / "types.d.ts").write_text("")
    (root / "steps/hello_step.py").write_text(api(method="get"))
    done = motia("generate-types", cwd=root)
    assert done.returncode == 1
    assert "hello_step.py" in done.stderr
    assert (root / "types.d.ts").read_text() == ""


def test_a_file_that_was_not_generated_is_kept(root: Path) -> None:
    (root / "types.d.ts").write_text("declare const shop: string\n")
    done = motia("generate-types", cwd=root)
    assert done.returncode == 1
    assert "types.d.ts is there and was not generated" in done.stderr
    assert (root / "types.d.ts").read_text() == "declare const shop: string\n"
