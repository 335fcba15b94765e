"""Packages that stay outside of a Node bundle's code: compiled code, and what the project calls external."""

from __future__ import annotations

import json
import struct

import pytest

from motia_project.bundling import Target
from motia_project.bundling.node.platforms import Platform
from motia_project.settings import Settings
from node_bundle import request, run

ARM = Target.lambda_(Settings(architecture="arm64"))
CRC = "import { crc32 } from '@node-rs/crc32'\nexport const handler = () => ({ status: 200, body: crc32('a') })\n"


def names(app, step):
    with app.zip(f"node/steps/{step}.step.zip") as archive:
        return {name for name in archive.namelist() if not name.startswith("index.mjs")}


def elf(machine):
    """The first bytes of a shared object for Linux. machine: 0x3E x64, 0xB7 arm64."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine) + bytes(40)


@pytest.fixture
def plain(app):
    """A Step that calls the package `outer`, which says what it was built of."""
    app.node(
        "steps/a.step.ts",
        "import outer, { name } from 'outer'\n"
        "export const handler = () => ({ status: 200, body: { said: outer.say(), name } })\n",
    )
    return app


def answer(app, tmp_path):
    (done,) = run(app.root / "dist/node/steps/a.step.zip", tmp_path / "task", request("/a"))
    return json.loads(done["body"])


def test_for_another_processor_the_package_of_that_processor_is_fetched(app):
    app.npm("@node-rs/crc32")
    app.npm("@node-rs/crc32-linux-x64-gnu")
    app.node("steps/a.step.ts", CRC)
    app.build(ARM)
    found = names(app, "a")
    assert "node_modules/@node-rs/crc32-linux-arm64-gnu/crc32.linux-arm64-gnu.node" in found
    assert "node_modules/@node-rs/crc32/index.js" in found
    assert not any("x64" in name or name.endswith((".md", ".d.ts")) for name in found)


def test_a_package_that_cannot_be_fetched_is_an_error_that_says_how_to_get_it(plain, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    wanted = {"outer-linux-arm64-gnu": "1.2.3", "outer-linux-x64-gnu": "1.2.3", "outer-linux-arm64-musl": "1.2.3"}
    plain.npm("outer", {"napi": {}, "main": "index.js", "optionalDependencies": wanted}, index__js="")
    (problem,) = plain.problems(ARM)
    assert "outer needs outer-linux-arm64-gnu on linux arm64 glibc" in problem.what
    assert problem.remedy == (
        "run `npm install --no-save --os=linux --cpu=arm64 --libc=glibc outer-linux-arm64-gnu@1.2.3`"
    )


def test_an_external_package_is_copied_with_all_that_it_needs(plain, tmp_path):
    plain.write("esbuild.config.json", '{"external": ["outer"]}')
    plain.npm(
        "outer",
        {"main": "index.js", "dependencies": {"inner": "2"}, "optionalDependencies": {"absent": "1"}},
        index__js="const inner = require('inner')\nexports.name = 'outer'\nexports.say = () => `outer ${inner}`\n",
        README__md="",
    )
    plain.npm("inner", {"main": "i.js", "version": "2.0.0"}, i__js="module.exports = 'inner 2'\n")
    plain.npm("unrelated", {"main": "i.js"}, i__js="")
    plain.build()
    assert names(plain, "a") == {
        *("node_modules/outer/index.js", "node_modules/outer/package.json"),
        *("node_modules/inner/i.js", "node_modules/inner/package.json"),
    }
    assert answer(plain, tmp_path) == {"said": "outer inner 2", "name": "outer"}


def test_two_versions_of_what_a_package_needs_lie_where_each_is_found(plain, tmp_path):
    plain.write("esbuild.config.json", '{"external": ["outer"]}')
    say = "exports.name = 'outer'\nexports.say = () => [require('inner'), require('middle')].join(', ')\n"
    plain.npm("outer", {"main": "index.js", "dependencies": {"inner": "1", "middle": "1"}}, index__js=say)
    plain.npm("inner", {"main": "i.js"}, i__js="module.exports = 'inner 1'\n")
    plain.npm("middle", {"main": "m.js", "dependencies": {"inner": "2"}}, m__js="module.exports = require('inner')\n")
    nested = plain.root / "node_modules/middle/node_modules/inner"
    nested.mkdir(parents=True)
    (nested / "package.json").write_text('{"name": "inner", "main": "i.js"}')
    (nested / "i.js").write_text("module.exports = 'inner 2'\n")
    plain.build()
    assert "node_modules/middle/node_modules/inner/i.js" in names(plain, "a")
    assert answer(plain, tmp_path)["said"] == "inner 1, inner 2"


def test_an_external_package_that_is_not_installed_fails_where_it_is_imported(plain, tmp_path):
    plain.write("esbuild.config.json", '{"external": ["outer", "driver-*"]}')
    plain.npm("library", {"main": "l.js"}, l__js="exports.open = (name) => name && require('driver-a')\n")
    plain.node(
        "steps/b.step.ts",
        "import { open } from 'library'\nexport const handler = () => ({ status: 200, body: { open: typeof open } })\n",
    )
    result = plain.build()
    warnings = {(problem.file, problem.severity): problem for problem in result.warnings}
    assert set(warnings) == {("steps/a.step.ts", "warning"), ("node_modules/library/l.js", "warning")}
    assert "npm install outer" in (warnings["steps/a.step.ts", "warning"].remedy or "")
    (done,) = run(plain.root / "dist/node/steps/b.step.zip", tmp_path / "b", request("/b"))
    assert json.loads(done["body"]) == {"open": "function"}
    (done,) = run(plain.root / "dist/node/steps/a.step.zip", tmp_path / "a", request("/a"))
    assert done["statusCode"] == 500


OPENED = (
    "import { open } from 'library'\n"
    "export const handler = () => ({ status: 200, body: { open: typeof open, got: open() } })\n"
)


def test_what_a_package_wants_only_when_it_runs_is_a_warning_and_fails_where_it_is_wanted(app, tmp_path):
    lazy = (
        "exports.open = () => { try { return require('driver-a') } catch (error) { return error.code } }\n"
        "exports.other = () => require('@drivers/b/lib/x')\nexports.third = () => import('driver-c')\n"
    )
    app.npm("library", {"main": "l.js"}, l__js=lazy)
    app.node("steps/b.step.ts", OPENED)
    result = app.build()
    assert sorted(problem.what for problem in result.warnings) == [
        "the package library imports @drivers/b when it needs it, and @drivers/b is not installed",
        "the package library imports driver-c when it needs it, and driver-c is not installed",
    ]
    assert {problem.file for problem in result.warnings} == {"node_modules/library/l.js"}
    assert all("npm install" in (problem.remedy or "") for problem in result.warnings)
    (done,) = run(app.root / "dist/node/steps/b.step.zip", tmp_path / "b", request("/b"))
    assert json.loads(done["body"]) == {"open": "function", "got": "MODULE_NOT_FOUND"}


def test_what_a_package_wants_is_not_warned_of_when_it_is_called_external_without_need(app):
    app.npm("library", {"main": "l.js"}, l__js="exports.open = () => require('driver-a')\n")
    app.node("steps/b.step.ts", OPENED)
    (warning,) = app.build().warnings
    assert '{"external": ["driver-a"]}' in (warning.remedy or "")


def test_what_the_project_itself_cannot_find_stays_an_error_beside_lazy_drivers(app):
    app.npm("library", {"main": "l.js"}, l__js="exports.open = () => require('driver-a')\n")
    app.npm("modern", {"type": "module", "main": "m.js"}, m__js="import 'driver-b'\nexport const x = 1\n")
    app.node("steps/b.step.ts", OPENED)
    app.node("steps/c.step.ts", "export const handler = () => require('driver-a')\n")
    app.node("steps/d.step.ts", "import { x } from 'modern'\nexport const handler = () => x\n")
    problems = app.problems()
    assert {problem.file for problem in problems} == {"steps/c.step.ts", "node_modules/modern/m.js"}
    assert any('{"external": ["driver-b"]}' in (problem.remedy or "") for problem in problems)


def test_a_package_that_looks_for_its_own_files_is_warned_of_and_works_when_external(plain, tmp_path):
    say = (
        "exports.name = 'outer'\nconst file = require.resolve ? require.resolve('./worker.js') : null\n"
        "exports.say = () => require('fs').readFileSync(file, 'utf8')\n"
    )
    plain.npm("outer", {"main": "index.js"}, index__js=say, worker__js="// work")
    (warning,) = plain.build().warnings
    assert (warning.file, warning.severity) == ("node_modules/outer/index.js", "warning")
    assert "outer looks for its file ./worker.js" in warning.what
    assert '{"external": ["outer"]}' in (warning.remedy or "")
    plain.write("esbuild.config.json", '{"external": ["outer"]}')
    assert not plain.build().warnings
    assert answer(plain, tmp_path)["said"] == "// work"


def test_external_packages_of_every_format_give_their_names(app, tmp_path):
    app.write("esbuild.config.json", '{"external": ["common", "modern", "only"]}')
    app.npm("common", {"main": "c.js"}, c__js="module.exports = Object.fromEntries([['name', 'common']])\n")
    app.npm("modern", {"type": "module", "main": "m.js"}, m__js="export const name = 'modern'\nexport default 1\n")
    app.npm("only", {"type": "module", "exports": {".": {"import": "./o.js"}}}, o__js="export const name = 'only'\n")
    app.node(
        "steps/a.step.ts",
        "import { name as a } from 'common'\nimport one, { name as b } from 'modern'\nimport * as only from 'only'\n"
        "export const handler = () => ({ status: 200, body: { names: [a, b, only.name], one } })\n",
    )
    app.build()
    assert answer(app, tmp_path) == {"names": ["common", "modern", "only"], "one": 1}


def test_packages_as_pnpm_installs_them_are_found(app, tmp_path):
    store = app.root / "node_modules/.pnpm"
    manifest = '{"main": "o.js", "gypfile": true, "dependencies": {"inner": "1"}}'
    app.write("node_modules/.pnpm/outer@1/node_modules/outer/package.json", manifest)
    app.write("node_modules/.pnpm/outer@1/node_modules/outer/o.js", "exports.say = () => require('inner')\n")
    app.write("node_modules/.pnpm/inner@1/node_modules/inner/package.json", '{"main": "i.js"}')
    app.write("node_modules/.pnpm/inner@1/node_modules/inner/i.js", "module.exports = 'inner'\n")
    (store / "outer@1/node_modules/inner").symlink_to(store / "inner@1/node_modules/inner")
    (app.root / "node_modules/outer").symlink_to(store / "outer@1/node_modules/outer")
    app.node(
        "steps/a.step.ts",
        "import { say } from 'outer'\nexport const handler = () => ({ status: 200, body: { said: say() } })\n",
    )
    app.build()
    assert {"node_modules/outer/o.js", "node_modules/inner/i.js"} <= names(app, "a")
    assert answer(app, tmp_path) == {"said": "inner"}


@pytest.mark.parametrize("mark", ["gypfile", "binding.gyp", "prebuilds", "loader", "addon"])
def test_a_package_with_compiled_code_is_known_by_many_marks(plain, mark):
    manifest = {"main": "index.js"}
    files = {"index__js": "exports.name = 'outer'\nexports.say = () => 'said'\n"}
    if mark == "gypfile":
        manifest["gypfile"] = True
    elif mark == "loader":
        manifest["dependencies"] = {"bindings": "1"}
        plain.npm("bindings", {"main": "b.js"}, b__js="")
    plain.npm("outer", manifest, **files)
    folder = plain.root / "node_modules/outer"
    if mark == "binding.gyp":
        (folder / "binding.gyp").write_text("{}")
    elif mark == "prebuilds":
        for place in ("linux-x64", "linux-arm64", "darwin-arm64"):
            (folder / "prebuilds" / place).mkdir(parents=True)
            machine = 0x3E if place.endswith("x64") else 0xB7
            (folder / "prebuilds" / place / "node.napi.node").write_bytes(elf(machine))
    elif mark == "addon":
        (folder / "build/Release").mkdir(parents=True)
        (folder / "build/Release/outer.node").write_bytes(elf(0x3E))
    plain.build(Target.lambda_(Settings(architecture="x86_64")))
    found = names(plain, "a")
    assert "node_modules/outer/index.js" in found
    assert "node_modules/outer/binding.gyp" not in found
    prebuilt = {name for name in found if "prebuilds" in name}
    assert prebuilt == ({"node_modules/outer/prebuilds/linux-x64/node.napi.node"} if mark == "prebuilds" else set())


def test_what_was_compiled_here_for_another_processor_is_an_error(plain):
    plain.npm("outer", {"main": "index.js", "gypfile": True}, index__js="")
    release = plain.root / "node_modules/outer/build/Release"
    release.mkdir(parents=True)
    (release / "outer.node").write_bytes(elf(0x3E))
    (problem,) = plain.problems(ARM)
    assert problem.what == "outer has no native addon for linux arm64 glibc"
    assert problem.value == "build/Release/outer.node"
    assert "architecture" in (problem.remedy or "")


def test_two_versions_of_one_compiled_package_are_an_error(app):
    app.npm("outer", {"main": "index.js", "gypfile": True}, index__js="")
    app.npm("user", {"main": "index.js", "dependencies": {"outer": "2"}}, index__js="require('outer')\n")
    nested = app.root / "node_modules/user/node_modules/outer"
    nested.mkdir(parents=True)
    (nested / "package.json").write_text('{"name": "outer", "main": "index.js", "gypfile": true}')
    (nested / "index.js").write_text("")
    app.node("steps/a.step.ts", "import 'outer'\nimport 'user'\nexport const handler = () => {}\n")
    (problem,) = app.problems()
    assert "outer is there in two versions" in problem.what
    assert "overrides" in (problem.remedy or "")


def test_an_addon_of_the_project_itself_is_copied(app, tmp_path):
    app.npm("@node-rs/crc32-linux-x64-gnu")
    addon = next((app.root / "node_modules/@node-rs/crc32-linux-x64-gnu").glob("*.node"))
    app.write("native/sum.node", addon.read_bytes())
    app.node(
        "steps/a.step.ts",
        "import sum from '../native/sum.node'\nconst again = require('../native/sum.node')\n"
        "export const handler = () => ({ status: 200, body: { sum: sum.crc32('a'), again: again.crc32('a') } })\n",
    )
    app.build()
    assert names(app, "a") == {"native/sum.node"}
    assert answer(app, tmp_path) == {"sum": 3904355907, "again": 3904355907}


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("@node-rs/crc32-linux-arm64-gnu", True),
        ("@node-rs/crc32-linux-arm64-musl", False),
        ("@node-rs/crc32-linux-x64-gnu", False),
        ("@img/sharp-linux-arm64", True),
        ("@img/sharp-linuxmusl-arm64", False),
        ("@img/sharp-libvips-linux-arm64", True),
        ("@esbuild/linux-arm64", True),
        ("@esbuild/android-arm64", False),
        ("@swc/core-linux-arm-gnueabihf", False),
        ("@parcel/watcher-linux-arm64-glibc", True),
        ("@tailwindcss/oxide-linux-aarch64", True),
    ],
)
def test_names_of_packages_tell_their_platform(name, fits):
    assert Platform("linux", "arm64", "glibc").is_named_by(name) == fits


@pytest.mark.parametrize(
    ("manifest", "fits"),
    [
        ({}, True),
        ({"os": ["linux"], "cpu": ["arm64"]}, True),
        ({"os": ["linux"], "cpu": ["x64"]}, False),
        ({"os": ["!win32"]}, True),
        ({"os": ["!linux"]}, False),
        ({"cpu": "arm64", "libc": ["musl"]}, False),
        ({"libc": ["glibc"]}, True),
    ],
)
def test_a_package_says_where_it_runs(manifest, fits):
    assert Platform("linux", "arm64", "glibc").fits(manifest) == fits


def test_what_a_made_require_loads_is_warned_of(app):
    app.npm("small", {"main": "s.js"}, s__js="module.exports = 1\n")
    app.node(
        "steps/a.step.ts",
        "import { createRequire } from 'node:module'\n"
        "import * as all from 'module'\n"
        "const load = createRequire(import.meta.url)\n"
        "const $other = all.createRequire(import.meta.url)\n"
        "export const handler = () => \n"
        "  [load('small'), load('fs'), load('node:path'), $other('./data.json'), load('small')]\n",
    )
    app.node("steps/b.step.ts", "import load from 'small'\nexport const handler = () => load\n")
    first, second = app.build().warnings
    assert [first.file, second.file] == ["steps/a.step.ts"] * 2
    assert "loads small with a function of `createRequire`" in first.what
    assert first.remedy == "import it: `import ... from 'small'`"
    assert "loads ./data.json with" in second.what
