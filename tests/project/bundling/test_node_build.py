"""A build of TypeScript Steps does what changed and nothing else, and gives the same bytes everywhere."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache

import pytest

from motia_project.bundling import Target
from motia_project.bundling.node import compiled
from motia_project.bundling.node.engines import admits, node_runtime
from motia_project.settings import Settings

STEP = """
import {{ price }} from '@lib/price'
import rates from '../src/rates.json'
export const handler = async () => ({{ status: 200, body: {{ name: '{name}', price: price(1), rates }} }})
"""


@pytest.fixture
def two(app):
    return write(app)


def write(app):
    app.write("tsconfig.json", '{"extends": "./tsconfig.paths.json"}')
    app.write("tsconfig.paths.json", '{"compilerOptions": {"paths": {"@lib/*": ["./src/local/*", "./src/lib/*"]}}}')
    app.write("src/lib/price.ts", "export const price = (x: number): number => x * 2\n")
    app.write("src/rates.json", '{"vat": 0.2}')
    app.npm("zod")
    app.npm("@node-rs/crc32")
    app.npm("@node-rs/crc32-linux-x64-gnu")
    app.node("steps/one.step.ts", STEP.format(name="one"))
    app.node("steps/two.step.ts", "import { z } from 'zod'\nexport const s = z.string()\n" + STEP.format(name="two"))
    app.node("steps/sum.step.ts", "import { crc32 } from '@node-rs/crc32'\nexport const handler = () => crc32('a')\n")
    return app


@pytest.fixture
def runs(monkeypatch):
    """The runs of esbuild, one item each."""
    made = []
    run = compiled._run
    monkeypatch.setattr(compiled, "bundler", cache(compiled.bundler))  # the sources of this tool stay as they are
    monkeypatch.setattr(compiled, "_run", lambda *arguments: made.append(1) or run(*arguments))
    return made


def test_what_is_said_of_tsconfig_when_the_project_is_read_is_not_said_again(app):
    app.write("tsconfig.json", '{"extends": "./nix.json"}')
    app.node("steps/one.step.ts", "export const handler = () => 1\n")
    assert app.build().warnings == ()


def test_an_unchanged_build_does_nothing(two, runs):
    assert two.build().built == ("one", "two", "sum")
    before = {path: path.stat().st_mtime_ns for path in (two.root / "dist").rglob("*.zip")}
    again = two.build()
    assert (again.built, again.reused) == ((), ("one", "two", "sum"))
    assert len(runs) == 1
    assert {path: path.stat().st_mtime_ns for path in (two.root / "dist").rglob("*.zip")} == before


def test_a_build_after_one_change_makes_one_zip(two, runs):
    two.build()
    two.write("steps/one.step.ts", STEP.format(name="first"))
    assert two.build().built == ("one",)
    assert len(runs) == 2


def test_a_helper_makes_the_zips_that_it_is_in(two):
    two.build()
    two.write("src/lib/price.ts", "export const price = (x: number): number => x * 3\n")
    assert two.build().built == ("one", "two")


@pytest.mark.parametrize("file", ["README.md", "steps/other_step.py", "src/notes.txt", "docs/page.html"])
def test_a_file_that_is_not_bundled_changes_nothing(two, runs, file):
    two.write(file, "before")
    two.build()
    two.write(file, "after")
    assert two.build().built == ()
    assert len(runs) == 1


CHANGES = {
    "JSON that is imported": ("src/rates.json", '{"vat": 0.3}'),
    "a module that is found before another": ("src/local/price.ts", "export const price = (x: number) => x * 4\n"),
    "the paths that tsconfig.json extends": (
        *("tsconfig.paths.json", '{"compilerOptions": {"paths": {"@lib/*": ["./src/new/*", "./src/lib/*"]}}}'),
    ),
    "esbuild's options": ("esbuild.config.json", '{"minify": true}'),
    "what an import of a folder would find": ("src/lib/price.tsx", ""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_esbuild_reads_is_noticed(two, runs, change):
    two.build()
    two.write(*CHANGES[change])
    two.build()
    assert len(runs) == 2


def test_a_change_in_a_package_is_noticed(app, runs):
    app.npm("pure", {"main": "p.js"}, p__js="module.exports = 1\n")
    app.node("steps/one.step.ts", "import one from 'pure'\nexport const handler = () => ({ status: one })\n")
    app.build()
    app.write("node_modules/pure/p.js", "module.exports = 2\n")
    assert app.build().built == ("one",)
    assert len(runs) == 2


def test_each_target_is_remembered(two, runs):
    aws = Target.lambda_(Settings(architecture="x86_64"))
    for target in (Target.local(), aws, Target.local(), aws):
        two.build(target)
    assert len(runs) == 2


def test_a_lost_cache_is_made_again(two):
    first = two.build()
    shutil.rmtree(two.root / ".motia/cache/node")
    for record in (two.root / ".motia/cache/zips").iterdir():
        record.unlink()
    again = two.build()
    assert again.built == ("one", "two", "sum")
    assert again.manifest == first.manifest


def test_equal_sources_give_equal_bytes_wherever_they_lie(two, other_app):
    write(other_app)
    first, second = two.build().manifest, other_app.build().manifest
    assert {path: one.sha256 for path, one in first.bundles.items()} == {
        path: one.sha256 for path, one in second.bundles.items()
    }
    assert first == second.model_copy(update={"project": first.project})


def test_no_file_in_a_bundle_names_a_place_on_this_machine(app):
    write(app)
    app.write("node_modules/pure/package.json", '{"name": "pure", "main": "p.js"}')
    app.write("node_modules/pure/p.js", "exports.x = 1\n")
    app.node("steps/old.step.js", "const { x } = require('pure')\nexports.handler = () => x\n")
    app.node("steps/ours.step.ts", "import { MotiaError } from 'motia'\nexport const handler = () => MotiaError\n")
    app.build()
    for name in ("one", "old", "ours"):
        with app.zip(f"node/steps/{name}.step.zip") as archive:
            for file in archive.infolist():
                text = archive.read(file).decode()
                assert str(app.root) not in text
                assert not re.search(r"/(home|tmp|root|work|usr|Users)/", text), file.filename
                assert file.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_source_map_names_files_by_their_paths_in_the_project(two):
    import json

    two.build()
    with two.zip("node/steps/one.step.zip") as archive:
        map_ = json.loads(archive.read("index.mjs.map"))
        assert archive.read("index.mjs").decode().rstrip().endswith("//# sourceMappingURL=index.mjs.map")
    assert {"steps/one.step.ts", "src/lib/price.ts", "motia:lambda/api.ts"} <= set(map_["sources"])
    assert not any(source.startswith(("/", "..")) for source in map_["sources"])


def test_python_and_node_steps_are_built_in_one_go(two):
    two.step("python")
    result = two.build()
    assert result.built == ("python", "one", "two", "sum")
    assert set(result.manifest.bundles) == {
        *("python/steps/python_step.zip", "node/steps/one.step.zip", "node/steps/two.step.zip"),
        "node/steps/sum.step.zip",
    }
    two.steps[:] = [step for step in two.steps if step.name == "one"]
    two.build()
    assert sorted(p.relative_to(two.root / "dist").as_posix() for p in (two.root / "dist").rglob("*.zip")) == [
        "node/steps/one.step.zip"
    ]
    assert not (two.root / "dist/python").exists()


@pytest.mark.parametrize(
    ("wanted", "admitted"),
    [
        (">=20", {20, 22, 24}),
        (">=18 <23", {20, 22}),
        ("^22", {22}),
        ("^22.3.0", {22}),
        ("22.x", {22}),
        ("22", {22}),
        ("v22.1.0", {22}),
        ("~24.1", {24}),
        ("20 || 24", {20, 24}),
        ("^18.0.0 || >=22.0.0", {22, 24}),
        ("18 - 22", {20, 22}),
        ("*", {20, 22, 24}),
        ("", {20, 22, 24}),
        ("<22", {20}),
        ("<=22.5", {20, 22}),
        (">22", {24}),
        (">22.4.0", {22, 24}),
        ("<22.0.1", {20, 22}),
        (">= 22", {22, 24}),
        ("^20.19.0 || ^22.12.0 || >=24", {20, 22, 24}),
        ("lts/*", {20, 22, 24}),
    ],
)
def test_a_range_of_engines_admits_majors(wanted, admitted):
    assert {version for version in (20, 22, 24) if admits(wanted, version)} == admitted


@pytest.mark.parametrize(
    ("engines", "setting", "runtime"),
    [
        (None, "nodejs22.x", "nodejs22.x"),
        (None, "nodejs24.x", "nodejs24.x"),
        (">=20", "nodejs22.x", "nodejs22.x"),
        (">=20", "nodejs24.x", "nodejs24.x"),
        ("24.x", "nodejs22.x", "nodejs24.x"),
        ("^22", "nodejs24.x", "nodejs22.x"),
    ],
)
def test_the_runtime_is_one_that_the_project_runs_on(app, engines, setting, runtime):
    app.write("package.json", "{}" if engines is None else f'{{"engines": {{"node": "{engines}"}}}}')
    assert node_runtime(app.root, Settings(node_runtime=setting)) == (runtime, None)


@pytest.mark.parametrize("engines", ["banana", "lts/*", ">=22 banana", "22 || latest", 22, ["node >= 22"]])
def test_engines_that_cannot_be_read_are_a_warning(app, engines):
    app.write("package.json", json.dumps({"engines": {"node": engines}}))
    runtime, problem = node_runtime(app.root, Settings())
    assert (runtime, problem.severity) == ("nodejs22.x", "warning")
    assert (problem.key, problem.value) == ("engines.node", json.dumps(engines))


def test_engines_that_no_runtime_of_lambda_has_are_an_error(app):
    app.write("package.json", '{"engines": {"node": "18.x"}}')
    app.node("steps/one.step.ts", "export const handler = () => {}\n")
    (problem,) = app.problems()
    assert (problem.file, problem.key, problem.value) == ("package.json", "engines.node", "18.x")
    assert problem.allowed == "a range that admits Node 22 or Node 24"
