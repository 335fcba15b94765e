"""The process that compiles a project again and again, and the tools that it needs."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia_project.node import tools
from motia_project.node.compiler import PROGRAMS, Compiler, CompilerEnded
from motia_project.node.node import _version, _which
from node_sources import api

A, B = "steps/a.step.ts", "steps/b.step.ts"


@pytest.fixture
def shop(tmp_path: Path, put) -> Path:
    """A project of two Steps, one of which imports a file."""
    put(A, "import { price } from '../src/price'\nconsole.log(price)\n" + api())
    put(B, api(name="Other", path="/other"))
    put("src/price.ts", "export const price: number = 1\n")
    return tmp_path


def said(module: Path) -> str:
    """What Node prints when it imports the module."""
    done = subprocess.run(["node", module], capture_output=True, text=True, timeout=60)
    return (done.stdout + done.stderr).strip()


def test_every_file_becomes_a_module_and_tells_what_it_is_made_of(shop: Path) -> None:
    with Compiler(shop) as compiler:
        compiled = compiler.compile([A, B])
        assert said(compiled.modules[A]) == "1"
        assert compiled.inputs == {A: (A, "src/price.ts"), B: (B,)}
        assert compiled.problems == {}
        assert compiled.folder.is_relative_to(shop / ".motia" / "compiled")
    assert not compiled.folder.exists()


def test_a_change_makes_other_modules_and_leaves_those_before(shop: Path, put) -> None:
    with Compiler(shop) as compiler:
        before = compiler.compile([A, B])
        put("src/price.ts", "export const price: number = 2\n")
        after = compiler.compile([A, B])
        assert (said(before.modules[A]), said(after.modules[A])) == ("1", "2")
        assert before.modules[B] == after.modules[B]


def test_an_error_is_one_of_what_needs_the_file_until_it_is_mended(shop: Path, put) -> None:
    with Compiler(shop) as compiler:
        put("src/price.ts", "export const price = = 1\n")
        broken = compiler.compile([A, B])
        assert list(broken.problems) == [A]
        assert 'src/price.ts is not valid TypeScript: Unexpected "="' in said(broken.modules[A])
        assert said(broken.modules[B]) == ""
        put("src/price.ts", "export const price = 3\n")
        mended = compiler.compile([A, B])
        assert (mended.problems, said(mended.modules[A])) == ({}, "3")


def test_files_come_and_go(shop: Path, put) -> None:
    with Compiler(shop) as compiler:
        assert list(compiler.compile([A]).modules) == [A]
        assert list(compiler.compile([A, B]).modules) == [A, B]
        (shop / A).unlink()
        gone = compiler.compile([A, B])
        assert list(gone.modules) == [B]
        assert [problem.what for problem in gone.problems[A]] == ["the file is not there"]


def test_a_file_that_is_imported_lazily_does_not_fail_what_imports_it(shop: Path, put) -> None:
    put("src/price.ts", "export const price = = 1\n")
    put(A, "const price = () => import('../src/price')\nvoid price\n" + api())
    with Compiler(shop) as compiler:
        assert compiler.compile([A]).problems == {}


def test_options_of_esbuild_are_read_when_they_change(shop: Path, put) -> None:
    put(A, "declare const STAGE: string\nconsole.log(STAGE)\n" + api())
    with Compiler(shop) as compiler:
        for stage in ("one", "two"):
            put("esbuild.config.json", f'{{"define": {{"STAGE": "\\"{stage}\\""}}}}')
            assert said(compiler.compile([A]).modules[A]) == stage


def test_what_a_killed_compiler_left_behind_is_removed(shop: Path) -> None:
    with Compiler(shop) as killed:
        left = killed.compile([A]).folder
        killed._process.kill()
        killed._process.wait()
        assert left.is_dir()
        with Compiler(shop) as compiler:
            compiler.compile([A])
            assert not left.exists()


def test_a_compiler_that_was_ended_says_so(shop: Path) -> None:
    with Compiler(shop) as compiler:
        compiler.compile([A])
        os.kill(compiler._process.pid, signal.SIGKILL)
        with pytest.raises(CompilerEnded, match="the compiler ended"):
            compiler.compile([A])


def test_a_folder_that_cannot_be_written(shop: Path, put) -> None:
    put(".motia", "a file")
    with Compiler(shop) as compiler, pytest.raises(ProjectError, match="compiled files cannot be kept: ") as error:
        compiler.compile([A])
    assert (error.value.where, error.value.remedy) == (".motia", "make it a folder that can be written")


def test_our_programs_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("motia_project.node.programs.esbuild", lambda root: own_esbuild())
    folder = tools.programs(tmp_path, PROGRAMS)
    made = {path: path.stat().st_mtime_ns for path in folder.rglob("*.mjs")}
    assert {"motia", *PROGRAMS} <= {path.stem for path in made}
    assert tools.programs(tmp_path, PROGRAMS) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.mjs")} == made
    assert tools.programs(tmp_path, {}) != folder


def own_esbuild() -> Path:
    """The esbuild that the tests have."""
    import node_packages

    return node_packages.install() / "node_modules" / "esbuild"


def test_the_esbuild_of_the_project_is_used_where_it_is_new_enough_and_complete(tmp_path: Path, put) -> None:
    shop = tmp_path / "apps" / "shop"
    (tmp_path / "node_modules").mkdir()
    own = tmp_path / "node_modules" / "esbuild"
    own.symlink_to(own_esbuild())
    assert tools.esbuild(shop) == own_esbuild().resolve()
    own.unlink()
    put("node_modules/esbuild/package.json", '{"version": "0.17.9"}')
    assert tools.esbuild(shop) != own
    put("node_modules/esbuild/package.json", '{"version": "0.25.0"}')  # installed for another machine
    assert tools.esbuild(shop) != own


def test_esbuild_is_installed_once_into_the_users_cache(tmp_path: Path, put, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = put("bin/npm", '#!/bin/sh\nmkdir -p node_modules/esbuild && echo "$@" > node_modules/esbuild/said\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lines: list[str] = []
    package = tools.esbuild(tmp_path, lines.append)
    assert package == tmp_path / "cache/motia/esbuild" / tools.ESBUILD_VERSION / "node_modules/esbuild"
    assert f"install esbuild@{tools.ESBUILD_VERSION} " in (package / "said").read_text()
    assert lines == [f"installing esbuild {tools.ESBUILD_VERSION}, once for this machine"]
    assert tools.esbuild(tmp_path, lines.append) == package
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("script", "reason", "remedy"),
    [
        (None, "there is no `npm`", "install npm, which comes with Node"),
        (
            "npm error code ENOTFOUND\nnpm error network request to https://r/esbuild failed\n"
            "npm error A complete log of this run can be found in: /x.log",
            "ENOTFOUND network request to https://r/esbuild failed",
            "check the network and npm's registry, then run `motia install`",
        ),
    ],
)
def test_no_esbuild(tmp_path: Path, put, monkeypatch: pytest.MonkeyPatch, script, reason, remedy) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if script:
        put("bin/npm", f"#!/bin/sh\ncat >&2 <<'END'\n{script}\nEND\nexit 1\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}" + (":/usr/bin:/bin" if script else ""))
    with pytest.raises(ProjectError) as error:
        tools.esbuild(tmp_path)
    what = f"TypeScript and JavaScript Steps need esbuild, which cannot be installed: {reason}"
    assert (error.value.what, error.value.remedy) == (what, remedy)


@pytest.mark.parametrize(
    ("said", "what", "allowed"),
    [
        (None, "TypeScript and JavaScript Steps need Node, and there is no `node`", None),
        ("echo v18.20.1", "Node 18.20.1 is too old for TypeScript and JavaScript Steps", "Node 20 or later"),
        ("echo broken >&2; exit 3", "Node does not start: broken", None),
    ],
)
def test_no_node(tmp_path: Path, put, monkeypatch: pytest.MonkeyPatch, said, what, allowed) -> None:
    if said:
        put("bin/node", f"#!/bin/sh\n{said}\n").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    _which.cache_clear()
    _version.cache_clear()
    with pytest.raises(ProjectError) as error:
        tools.node(tmp_path)
    assert (error.value.what, error.value.allowed) == (what, allowed)
    assert error.value.remedy and "https://nodejs.org" in error.value.remedy


def test_a_file_that_is_a_link(shop: Path, put) -> None:
    put("shared/c.ts", "console.log('c')\n" + api())
    (shop / "steps/c.step.ts").symlink_to("../shared/c.ts")
    (shop / "steps/d.step.ts").symlink_to("../shared/c.ts")
    with Compiler(shop) as compiler:
        compiled = compiler.compile(["steps/c.step.ts", "steps/d.step.ts"])
        assert [said(module) for module in compiled.modules.values()] == ["c", "c"]
        assert compiled.inputs["steps/d.step.ts"] == ("steps/d.step.ts", "shared/c.ts")
