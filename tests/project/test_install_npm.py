"""`motia install`: npm packages, by the package manager of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import node_packages
from motia.errors import ProjectError
from motia_project.install import install
from motia_project.node.packages import INSIDE

NOTHING = "no requirements, no package.json with dependencies and no Steps: nothing to install"


class Shop:
    """A project, and package managers that note how they were called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "shop"
        self.root.mkdir()
        self._programs = folder / "programs"
        self._programs.mkdir()
        self._calls = folder / "calls"
        monkeypatch.setenv("PATH", str(self._programs))
        for name in ("CI", INSIDE, "npm_lifecycle_event"):
            monkeypatch.delenv(name, raising=False)

    def write(self, path: str, content: Any = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))

    def program(self, name: str, does: str = "", version: str = "9.9.9") -> None:
        """A package manager of this name. does: Python that it runs."""
        source = (
            f"#!{sys.executable}\nimport sys, os, pathlib\n"
            f"if sys.argv[1:] == ['--version']: print({version!r}); sys.exit()\n"
            f"with open({str(self._calls)!r}, 'a') as calls: print({name!r}, *sys.argv[1:], file=calls)\n"
            f"pathlib.Path('node_modules').mkdir(exist_ok=True)\n{does}\n"
        )
        (self._programs / name).write_text(source)
        (self._programs / name).chmod(0o755)

    def install(self) -> list[str]:
        lines: list[str] = []
        install(self.root, report=lines.append)
        return lines

    def calls(self) -> list[str]:
        """What has been called since the last time."""
        found = self._calls.read_text().splitlines() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return found


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


def listing(**more: Any) -> dict[str, Any]:
    return {"dependencies": {"zod": "^4"}, **more}


@pytest.mark.parametrize(
    ("lock", "called"),
    [
        (None, "npm install --no-audit --no-fund --loglevel=error"),
        ("package-lock.json", "npm install --no-audit --no-fund --loglevel=error"),
        ("npm-shrinkwrap.json", "npm install --no-audit --no-fund --loglevel=error"),
        ("pnpm-lock.yaml", "pnpm install --config.confirm-modules-purge=false --reporter=append-only"),
        ("bun.lock", "bun install --no-progress"),
        ("bun.lockb", "bun install --no-progress"),
    ],
)
def test_the_lock_file_says_which_package_manager(shop: Shop, lock: str | None, called: str) -> None:
    shop.program(called.split()[0])
    shop.write("package.json", listing())
    if lock:
        shop.write(lock)
    assert shop.install() == [f"installing npm packages with {called.split()[0]}", "node_modules is ready"]
    assert shop.calls() == [called]


@pytest.mark.parametrize(
    ("version", "ci", "called"),
    [
        ("1.22.22", "", "yarn install --non-interactive --no-progress"),
        ("1.22.22", "true", "yarn install --non-interactive --no-progress --frozen-lockfile"),
        ("4.5.0", "", "yarn install --no-immutable"),
        ("4.5.0", "1", "yarn install --immutable"),
    ],
)
def test_yarn_is_called_as_its_version_wants_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, version: str, ci: str, called: str
) -> None:
    monkeypatch.setenv("CI", ci)
    shop.program("yarn", version=version)
    shop.write("package.json", listing())
    shop.write("yarn.lock")
    shop.install()
    assert shop.calls() == [called]


def test_yarn_has_to_use_node_modules(shop: Shop) -> None:
    shop.program("yarn", "pathlib.Path('.pnp.cjs').touch()", version="4.5.0")
    shop.write("package.json", listing())
    shop.write("yarn.lock")
    for _ in range(2):
        with pytest.raises(ProjectError, match="Plug'n'Play") as caught:
            shop.install()
        assert "nodeLinker: node-modules" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("lock", "called"),
    [
        ("package-lock.json", "npm ci --no-audit --no-fund --loglevel=error"),
        (None, "npm install --no-audit --no-fund --loglevel=error"),
        (
            "pnpm-lock.yaml",
            "pnpm install --config.confirm-modules-purge=false --reporter=append-only --frozen-lockfile",
        ),
        ("bun.lock", "bun install --no-progress --frozen-lockfile"),
    ],
)
def test_in_ci_the_lock_file_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, lock: str | None, called: str
) -> None:
    monkeypatch.setenv("CI", "true")
    shop.program(called.split()[0])
    shop.write("package.json", listing())
    if lock:
        shop.write(lock)
    shop.install()
    assert shop.calls() == [called]


def test_without_a_lock_file_package_json_decides(shop: Shop) -> None:
    shop.program("pnpm")
    shop.write("package.json", listing(packageManager="pnpm@10.1.0+sha512.abc"))
    shop.install()
    assert shop.calls()[0].startswith("pnpm install")


def test_between_two_lock_files_package_json_decides_or_it_is_said(shop: Shop) -> None:
    for name in ("npm", "pnpm"):
        shop.program(name)
    shop.write("package-lock.json")
    shop.write("pnpm-lock.yaml")
    shop.write("package.json", listing())
    assert shop.install()[0] == "there are lock files of npm and pnpm: npm is used; delete the others"
    shop.write("package.json", listing(packageManager="pnpm@10.1.0"))
    assert shop.install()[0] == "installing npm packages with pnpm"


def test_the_lock_file_of_a_workspace_counts_for_its_projects(shop: Shop) -> None:
    shop.program("pnpm")
    outer = shop.root.parent
    (outer / "pnpm-workspace.yaml").write_text("packages: [shop]\n")
    (outer / "pnpm-lock.yaml").write_text("")
    shop.write("package.json", listing())
    shop.install()
    assert shop.calls()[0].startswith("pnpm install")


def test_a_lock_file_above_that_is_no_workspace_counts_for_nothing(shop: Shop) -> None:
    shop.program("npm")
    (shop.root.parent / "yarn.lock").write_text("")
    shop.write("package.json", listing())
    shop.install()
    assert shop.calls()[0].startswith("npm install")


@pytest.mark.parametrize("content", [{}, {"name": "shop", "scripts": {"dev": "motia dev"}}, {"dependencies": {}}])
def test_a_package_json_without_packages_needs_no_package_manager(shop: Shop, content: dict[str, Any]) -> None:
    shop.write("package.json", content)
    assert shop.install() == [NOTHING]
    assert not (shop.root / "node_modules").exists()


def test_nothing_is_installed_again_until_something_changes(shop: Shop) -> None:
    shop.program("npm", "pathlib.Path('package-lock.json').write_text('{}')")
    shop.write("package.json", listing())
    shop.install()
    assert len(shop.calls()) == 1
    assert shop.install() == ["node_modules is up to date"]
    assert shop.calls() == []
    changes: list[Callable[[], object]] = [
        lambda: shop.write("package.json", listing(devDependencies={"tsx": "*"})),
        lambda: shop.write("package-lock.json", '{"packages": {}}'),
        lambda: shop.write(".npmrc", "registry=http://localhost"),
        lambda: (shop.root / "node_modules/.motia-install.json").unlink(),
    ]
    for change in changes:
        change()
        shop.install()
        assert len(shop.calls()) == 1


def test_what_the_package_manager_says_is_shown_when_it_fails_only(shop: Shop) -> None:
    shop.program("npm", "print('added 5 packages')")
    shop.write("package.json", listing())
    assert not any("added" in line for line in shop.install())
    shop.write("package.json", {"dependencies": {"no-such": "1"}})
    shop.program("npm", "print('E404 no-such'); sys.exit(7)")
    lines: list[str] = []
    with pytest.raises(ProjectError, match="`npm install` failed with exit code 7") as caught:
        install(shop.root, report=lines.append)
    assert lines[-1] == "E404 no-such"
    assert caught.value.remedy == "correct what it says above and run `motia install` again"
    shop.program("npm")
    assert shop.install()[-1] == "node_modules is ready"


@pytest.mark.parametrize(
    ("lock", "what", "remedy"),
    [
        ("pnpm-lock.yaml", "the project needs pnpm, which is not installed: pnpm-lock.yaml is there", "corepack"),
        ("yarn.lock", "the project needs yarn, which is not installed: yarn.lock is there", "npm install -g yarn"),
        ("bun.lockb", "the project needs bun, which is not installed: bun.lockb is there", "npm install -g bun"),
        (None, "the project needs npm, which is not installed: package.json lists npm packages", "install Node 20"),
    ],
)  # fmt: skip
def test_a_missing_package_manager_is_named(shop: Shop, lock: str | None, what: str, remedy: str) -> None:
    shop.write("package.json", listing())
    if lock:
        shop.write(lock)
    with pytest.raises(ProjectError) as caught:
        shop.install()
    assert caught.value.what == what
    assert remedy in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('{"name": }', "package.json is not JSON: Expecting value in line 1"),
        ("[]", "package.json is no JSON object"),
        ('{"dependencies": {"a": "1"}, "packageManager": "cargo@1"}', "the package manager 'cargo@1' is not known"),
    ],
)
def test_a_wrong_package_json_is_named(shop: Shop, content: str, what: str) -> None:
    shop.write("package.json", content)
    with pytest.raises(ProjectError) as caught:
        shop.install()
    assert caught.value.what == what


def test_a_postinstall_script_that_installs_ends_at_once(shop: Shop) -> None:
    """As `"postinstall": "motia install"` of package.json: npm runs it inside the install that we began."""
    command = [sys.executable, "-c", "from motia_cli.main import main; main()", "install"]
    shop.program("npm", f"import subprocess; sys.exit(subprocess.run({command!r}).returncode)")
    shop.write("package.json", listing(scripts={"postinstall": "motia install"}))
    assert shop.install()[-1] == "node_modules is ready"
    assert len(shop.calls()) == 1


def test_as_the_script_of_an_install_the_rest_is_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """npm was typed, not `motia install`: the packages are there, or will be."""
    monkeypatch.setenv("npm_lifecycle_event", "postinstall")
    shop.program("npm")
    shop.write("package.json", listing(scripts={"postinstall": "motia install"}))
    assert shop.install() == ["npm packages are left to the package manager that runs this script"]
    assert shop.calls() == []
    monkeypatch.setenv("npm_lifecycle_event", "setup")  # `npm run setup`, a script like any other
    assert shop.install()[-1] == "node_modules is ready"


def test_npm_itself_installs_what_the_project_lists(tmp_path: Path) -> None:
    (tmp_path / "greet").mkdir()
    (tmp_path / "greet/package.json").write_text('{"name": "greet", "version": "1.2.3"}')
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "package.json").write_text('{"dependencies": {"greet": "file:../greet"}}')
    clean = {name: value for name, value in os.environ.items() if name not in ("CI", INSIDE, "npm_lifecycle_event")}
    motia = str(Path(sys.executable).with_name("motia"))
    for expected in ("node_modules is ready", "node_modules is up to date"):
        done = subprocess.run([motia, "install"], cwd=shop, env=clean, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines()[-1] == expected
    assert json.loads((shop / "node_modules/greet/package.json").read_text())["version"] == "1.2.3"
    assert (shop / "package-lock.json").exists()


def test_a_project_of_typescript_gets_the_types_of_motia(tmp_path: Path) -> None:
    node_packages.link(tmp_path)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/tick.step.ts").write_text("import type { CronConfig } from 'motia'\n")
    lines: list[str] = []
    install(tmp_path, report=lines.append)
    assert lines == ["esbuild and the types of motia are ready"]
    assert "interface Handlers" in (tmp_path / "node_modules/motia/index.d.ts").read_text()
    assert (tmp_path / "node_modules/@motiadev/core/index.d.ts").read_text() == "export * from 'motia'\n"
    assert not (tmp_path / "python_modules").exists()


def test_typescript_without_node_is_refused_and_nothing_is_called_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node_packages.link(tmp_path)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/tick.step.ts").write_text("export const config = {}\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    lines: list[str] = []
    with pytest.raises(ProjectError, match="need Node, and there is no `node`"):
        install(tmp_path, report=lines.append)
    assert lines == []
    assert not (tmp_path / "node_modules/motia").exists()
