"""The whole of `build`: layout, manifest, reproducibility, what is built again and what is not."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from motia.errors import ProjectError
from motia_project.bundling import Target, render_sizes
from motia_project.bundling.cache import Cache
from motia_project.bundling.parts import Parts
from motia_project.bundling.sizes import lighter
from motia_project.manifest import Manifest
from motia_project.model import InvalidProject, Problem, Project, Stream
from motia_project.settings import Settings

PYC = f".cpython-3{sys.version_info.minor}.pyc"


def dist(app):
    root = app.root / "dist"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_dist_has_a_zip_for_each_step_and_the_manifest(app):
    app.step("a")
    app.step("b", folder="src/flows/deep")
    app.step("drawn", type="noop")
    result = app.build()
    assert dist(app).keys() == {"python/steps/a_step.zip", "python/src/flows/deep/b_step.zip", "motia.steps.json"}
    assert result.built == ("a", "b")
    assert Manifest.read(app.root / "dist") == result.manifest


def test_the_manifest_describes_steps_bundles_and_topics(app):
    app.step("Make Order", emits=("order.made",), memory_mb=256, timeout_s=10)
    app.event("charge", subscribes=("order.made",), fifo=True)
    app.step("nightly", type="cron", cron="0 0 * * *")
    app.step("drawn", type="noop")
    app.write("steps/chat_stream.py", "config = {'name': 'chat', 'canAccess': lambda subscription, context: True}\n")
    app.streams.append(Stream("chat", "chat", "python", "steps/chat_stream.py", can_access=True))
    app.settings["name"] = "shop"
    manifest = app.build(Target.lambda_(Settings(runtime="python3.13", architecture="x86_64"))).manifest
    project = manifest.project
    assert (project.name, project.runtime, project.architecture, project.api) == (
        *("shop", "python3.13", "x86_64", "functions"),
    )
    order = manifest.steps["python/steps/Make Order_step.zip"]
    assert (order.kind, order.entrypointPath, order.filePath) == (
        *("api", "/steps/Make Order_step.py", "steps/Make Order_step.py"),
    )
    assert (order.memory_mb, order.timeout_s, order.emits, order.queue) == (256, 10, ["order.made"], None)
    queue = manifest.steps["python/steps/charge_step.zip"].queue
    assert queue and (queue.fifo, queue.max_retries, queue.visibility_timeout_s) == (True, 3, 180)
    assert manifest.topics == {"order.made": [{"name": "charge", "id": "charge", "fifo": True}]}
    assert [noop["name"] for noop in manifest.noops] == ["drawn"]
    assert manifest.streams["chat"].canAccess
    assert {bundle.handler for bundle in manifest.bundles.values()} == {
        *("motia_handlers.api.handler", "motia_handlers.sqs.handler", "motia_handlers.cron.handler"),
        "motia_handlers.websocket.handler",
    }
    assert {bundle.runtime for bundle in manifest.bundles.values()} == {"python3.13"}


def test_a_bundle_knows_the_subscribers_of_what_its_step_emits_and_no_others(app):
    app.step("one", emits=("a", "nobody"))
    app.step("two", emits=("b",))
    app.event("on_a", subscribes=("a",))
    app.event("on_a_and_b", subscribes=("a", "b"), fifo=True)
    app.build()
    plain, fifo = (
        {"name": "on_a", "id": "on_a", "fifo": False},
        {"name": "on_a_and_b", "id": "on_a_and_b", "fifo": True},
    )
    plain["id"], fifo["id"] = app.steps[2].id, app.steps[3].id
    assert app.descriptor("one")["topics"] == {"a": [plain, fifo], "nobody": []}
    assert app.descriptor("two")["topics"] == {"b": [fifo]}
    assert app.descriptor("one")["steps"][0]["file"] == "steps/one_step.py"


def test_a_router_holds_every_api_step(app):
    app.write("lib/a.py")
    app.step("one", "import lib.a")
    app.step("two")
    app.event("three", subscribes=("t",))
    app.settings["api"] = "router"
    manifest = app.build().manifest
    assert dist(app).keys() == {"router-python.zip", "python/steps/three_step.zip", "motia.steps.json"}
    with app.zip("router-python.zip") as archive:
        assert {"steps/one_step.py", "steps/two_step.py", "lib/a.py"} <= set(archive.namelist())
        assert [step["name"] for step in json.loads(archive.read("motia.json"))["steps"]] == ["one", "two"]
    assert manifest.routers == {"python": "router-python.zip"}
    assert manifest.bundle_of("python/steps/one_step.zip") == "router-python.zip"
    assert manifest.bundle_of("python/steps/three_step.zip") == "python/steps/three_step.zip"
    assert manifest.bundles["router-python.zip"].handler == "motia_handlers.api.handler"


@pytest.mark.parametrize("statement", ["from lib.util import ANSWER", "from ..lib.util import ANSWER"])
def test_a_bundle_runs_by_itself(app, tmp_path, statement):
    app.write("lib/util.py", "ANSWER = 42")
    app.step("s", statement)
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        archive.extractall(tmp_path / "task")
    program = """
import sys
from pathlib import Path
sys.path.insert(0, ".")
from motia.descriptor import BundleDescriptor
from motia.loading import load_step
(step,) = BundleDescriptor.from_json(Path("motia.json").read_bytes()).steps
print(sys.modules[load_step(Path.cwd(), step).handler.__module__].ANSWER)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=tmp_path / "task", capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_zips_satisfy_unzip_and_zipfile(app):
    app.write("steps/ünï.txt", "x" * 100_000)
    app.write("steps/noise.bin", bytes(range(256)))
    app.step("s", include_files=("ünï.txt", "noise.bin"))
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == sorted(names)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.create_system for info in archive.infolist()} == {3}
        assert archive.read("steps/ünï.txt") == b"x" * 100_000
        assert archive.read("steps/noise.bin") == bytes(range(256))
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-tq", app.root / "dist/python/steps/s_step.zip"], check=True, capture_output=True)


def test_bytecode_lies_beside_every_source_and_is_unchecked(app):
    app.write("lib/util.py")
    app.step("s", "import lib.util")
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        names = set(archive.namelist())
        assert {
            f"steps/__pycache__/s_step{PYC}",
            f"lib/__pycache__/util{PYC}",
            f"motia/__pycache__/errors{PYC}",
        } <= names
        content = archive.read(f"steps/__pycache__/s_step{PYC}")
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert content[4:8] == b"\x01\x00\x00\x00"
    assert b"/var/task/steps/s_step.py" in content
    assert str(app.root).encode() not in content


def test_bytecode_stays_out_when_no_interpreter_of_the_target_is_at_hand(app):
    app.step("s")
    other = "python3.14" if sys.version_info.minor != 14 else "python3.12"
    app.build(Target.lambda_(Settings(runtime=other)))
    with app.zip("python/steps/s_step.zip") as archive:
        assert not any(name.endswith(".pyc") for name in archive.namelist())


def test_the_runtime_goes_in_without_what_is_for_tests(app):
    app.step("s")
    app.build()
    with app.zip("python/steps/s_step.zip") as archive:
        names = archive.namelist()
    assert "motia/descriptor.py" in names
    assert "motia_handlers/__init__.py" in names
    assert not any(name.startswith("motia/testing") for name in names)


def test_equal_projects_give_equal_bytes_wherever_they_lie(app, other_app):
    for number, one in enumerate((app, other_app)):
        for step in ("a", "b", "c")[:: -1 if number else 1]:
            one.write(f"lib/{step}.py", f"import lib.{'abca'['abc'.index(step) + 1]}\nNAME = '{step}' 'x'\n")
        for step in ("a", "b"):
            one.step(step, f"import lib.{step}", emits=("t",), include_files=("*.txt",))
        one.event("e", subscribes=("t",))
        one.write("steps/note.txt", "note")
        one.build()
    assert dist(app) == dist(other_app)


def test_a_second_build_of_the_same_builds_nothing_and_touches_nothing(app):
    app.write("lib.py")
    app.step("a", "import lib")
    app.step("b")
    app.build()
    before = {path: path.stat().st_mtime_ns for path in (app.root / "dist").rglob("*.zip")}
    lines: list[str] = []
    result = app.build(report=lines.append)
    assert (result.built, result.reused, lines) == ((), ("a", "b"), [])
    assert {path: path.stat().st_mtime_ns for path in (app.root / "dist").rglob("*.zip")} == before


def test_a_changed_step_is_the_only_one_built(app):
    app.step("a")
    app.step("b")
    app.build()
    app.write("steps/b_step.py", "CHANGED = True")
    assert app.build().built == ("b",)
    with app.zip("python/steps/b_step.zip") as archive:
        assert archive.read("steps/b_step.py") == b"CHANGED = True"


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.write("lib.py", "X = 2"),
        lambda app: app.write("steps/note.txt", "other"),
        lambda app: app.write("steps/more.txt"),
        lambda app: (app.root / "steps/note.txt").chmod(0o755),
        lambda app: app.event("e2", subscribes=("t",)),
        lambda app: app.write("steps/__init__.py"),
    ],
    ids=["imported module", "included file", "new included file", "permission", "new subscriber", "new package"],
)
def test_anything_that_a_bundle_holds_makes_it_new(app, change):
    app.write("lib.py", "X = 1")
    app.write("steps/note.txt", "note")
    app.step("a", "import lib", emits=("t",), include_files=("*.txt",))
    app.build()
    change(app)
    assert "a" in app.build().built


def test_a_change_of_equal_size_in_the_same_moment_is_noticed(app):
    for content in ("X = 1", "X = 2", "X = 3"):
        app.write("lib.py", content)
        app.steps.clear()
        app.step("a", "import lib")
        app.build()
        with app.zip("python/steps/a_step.zip") as archive:
            assert archive.read("lib.py").decode() == content


def test_stale_bundles_leave_dist_and_other_files_stay(app):
    app.step("a")
    app.step("b", folder="src/old")
    app.build()
    app.write("dist/notes.txt", "mine")
    app.steps.pop()
    app.build()
    assert dist(app).keys() == {"python/steps/a_step.zip", "motia.steps.json", "notes.txt"}
    assert not (app.root / "dist/python/src").exists()


def test_a_deleted_or_damaged_dist_is_restored(app):
    app.step("a")
    app.step("b")
    app.build()
    expected = dist(app)
    (app.root / "dist/python/steps/a_step.zip").unlink()
    with (app.root / "dist/python/steps/b_step.zip").open("r+b") as file:
        file.write(b"damage")
    app.build()
    assert dist(app) == expected
    shutil.rmtree(app.root / "dist")
    app.build()
    assert dist(app) == expected


def test_a_damaged_cache_is_made_anew(app):
    app.write("lib.py")
    app.step("a", "import lib")
    app.build()
    expected = dist(app)
    shutil.rmtree(app.root / ".motia/cache/zips")
    for pack in (app.root / ".motia/cache/packs").iterdir():
        pack.write_bytes(pack.read_bytes()[:-20])
    (app.root / ".motia/cache/memo.json").write_text("{")
    app.build()
    assert dist(app) == expected


def test_two_targets_share_the_cache_and_not_the_bundles(app):
    app.step("a")
    local = app.build().manifest
    lambda_ = Target.lambda_(Settings(runtime="python3.14"))
    assert app.build(lambda_).built == ("a",)
    assert app.build().reused == ("a",)
    assert app.build(lambda_).reused == ("a",)
    assert local.bundles != app.build(lambda_).manifest.bundles


def test_dist_and_cache_may_lie_elsewhere(app, tmp_path):
    app.step("a")
    result = app.build(dist=tmp_path / "out", cache=tmp_path / "kept")
    assert (tmp_path / "out/python/steps/a_step.zip").is_file()
    assert result.dist == tmp_path / "out"
    assert not (app.root / "dist").exists()
    assert not (app.root / ".motia").exists()


def test_sizes_tell_what_a_bundle_weighs(app):
    app.write("steps/data.bin", bytes(300_000))
    app.step("a", include_files=("data.bin",))
    app.step("b")
    result = app.build()
    a, b = result.sizes
    assert a.steps == ("a",)
    assert a.unzipped == sum(a.packages.values())
    assert a.unzipped - b.unzipped >= 300_000
    assert a.zipped == (app.root / "dist/python/steps/a_step.zip").stat().st_size
    assert a.largest[0] == ("steps/data.bin", 300_000)
    table = render_sizes(result)
    assert "python/steps/a_step.zip" in table
    assert "project files" in table


def test_a_bundle_over_the_limit_says_what_weighs_what_and_leaves_dist_alone(app):
    app.step("a")
    app.build()
    before = dist(app)
    for number in (1, 2):
        with app.write(f"steps/{number}.bin").open("wb") as file:
            file.truncate((100 + 50 * number) * 1024 * 1024)
    app.steps.clear()
    app.step("a", include_files=("*.bin",))
    (problem,) = app.problems()
    assert problem.what.startswith("the bundle of a is 350.")
    assert "project files 350.0 MB" in problem.value
    assert "steps/2.bin 200.0 MB, steps/1.bin 150.0 MB" in problem.value
    assert problem.allowed == "250.0 MB, the limit of AWS Lambda"
    assert problem.remedy == "take in less with `includeFiles`, and fetch large files from S3 when they are needed"
    assert dist(app) == before


def test_a_bundle_whose_packages_are_too_big_is_told_to_import_less():
    assert lighter({"torch 2.0": 9, "project files": 8, "motia runtime": 1}).startswith("import less in this Step")
    assert "includeFiles" in lighter({"torch 2.0": 8, "project files": 9})


def test_a_project_without_steps_is_refused(app):
    app.root.mkdir()
    with pytest.raises(ProjectError, match="has no Steps"):
        app.build()


def test_what_discovery_found_wrong_stops_the_build(app):
    app.step("a")
    wrong = Problem("is wrong", file="steps/a_step.py")
    with pytest.raises(InvalidProject) as caught:
        from motia_project.bundling import build

        build(Project(app.root, Settings(), tuple(app.steps), problems=(wrong,)), Target.local())
    assert wrong in caught.value.problems


def test_a_build_interrupted_anywhere_leaves_nothing_that_the_next_one_trusts(app, other_app, monkeypatch):
    for one in (app, other_app):
        one.write("lib.py", "X = 1")
        one.step("a", "import lib")
        one.step("b")
    other_app.build()
    place, interruptions = Cache.place, 0
    while True:
        left = interruptions

        def interrupted(self, temporary, path):
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            place(self, temporary, path)

        monkeypatch.setattr(Cache, "place", interrupted)
        try:
            app.build()
            break
        except KeyboardInterrupt:
            interruptions += 1
            monkeypatch.undo()
            shutil.rmtree(app.root / ".motia/cache/zips", ignore_errors=True)  # begin anew with the parts made so far
    assert interruptions > 5
    assert dist(app) == dist(other_app)


def test_two_builds_at_once_do_not_disturb_each_other(app, other_app):
    for one in (app, other_app):
        for number in range(4):
            one.write(f"lib{number}.py", f"X = {number}")
            one.step(f"s{number}", f"import lib{number}")
    other_app.build()
    with ThreadPoolExecutor(4) as pool:
        results = [running.result() for running in [pool.submit(app.build) for _ in range(4)]]
    assert all(result.manifest == results[0].manifest for result in results)
    assert dist(app) == dist(other_app)


def test_all_kinds_of_problems_are_reported_in_one_run(app):
    app.write("requirements.txt", "not fine\n")
    app.step("a", "import lib.missing", include_files=("gone.txt",))
    app.write("lib/__init__.py")
    assert [(problem.file, problem.key) for problem in app.problems()] == [
        ("steps/a_step.py", "includeFiles[0]"),
        ("steps/a_step.py", "line 1"),
        ("requirements.txt", "line 1"),
    ]


def test_what_no_build_uses_any_more_leaves_the_cache_in_time(app):
    app.step("a")
    app.build()
    (old,) = (app.root / ".motia/cache/zips").glob("*.zip")
    os.utime(old, (0, 0))
    app.write("steps/a_step.py", "CHANGED = 1")
    app.build()
    zips = list((app.root / ".motia/cache/zips").glob("*.zip"))
    assert len(zips) == 1
    assert old not in zips


def test_a_file_that_changes_while_it_is_bundled_stops_the_build_and_spoils_no_cache(app, monkeypatch):
    app.write("lib.py", "X = 1")
    app.step("a", "import lib")
    prepare = Parts.prepare
    monkeypatch.setattr(Parts, "prepare", lambda self, parts: (app.write("lib.py", "X = 2"), prepare(self, parts))[1])
    with pytest.raises(ProjectError, match="changed while it was bundled"):
        app.build()
    monkeypatch.undo()
    app.write("lib.py", "X = 1")
    app.build()
    with app.zip("python/steps/a_step.zip") as archive:
        assert archive.read("lib.py") == b"X = 1"
