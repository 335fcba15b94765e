"""All bundles of a project out of one run of esbuild, which is made only when something that it read has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia.errors import ProjectError
from motia_project.bundling.cache import FORMAT, Cache, Memo
from motia_project.bundling.node.extended import extended
from motia_project.last_build.look import TooMuch, look_at_tree
from motia_project.last_build.surroundings import node_surroundings
from motia_project.model import Problem
from motia_project.node import tools

MAP = "index.mjs.map"
_ENTRY = Path("bundling") / "bundle.ts"
_COLLECT = "1000"  # percent: esbuild lives for one build, and would spend a tenth of it on collecting garbage
_GRANULARITY_NS = 20_000_000  # a file saved while esbuild read it may have been read before


@dataclass(frozen=True)
class Output:
    """One bundle: files in it by path, with those of packages left out. packages: name -> folder, of what stays outside
    of the code. parts: (package, file, bytes), heaviest first."""

    files: dict[str, Path]
    packages: dict[str, Path]
    parts: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Compiled:
    """outputs: by the key of their entries. key: of what the cache keeps of them. inputs: every file that was read."""

    outputs: dict[str, Output]
    inputs: tuple[Path, ...]
    problems: tuple[Problem, ...]
    key: str


def compile_bundles(
    root: Path, dist: Path, target: str, entries: Mapping[str, str], cache: Cache, memo: Memo
) -> Compiled:
    """The bundles that start from `entries`, key -> source of the module.

    target: as esbuild names it. dist: a folder that is not looked into. What is wrong with the sources is among the
    `problems`; raises ProjectError where there is no Node or no esbuild.
    """
    programs = bundler(root)
    key, configs = _key(root, dist, [str(programs), target, dict(entries)], memo)
    record = cache.path("node", f"{_name(target)}.json")
    known = _known(record, key, memo, cache) if key else None
    if known is None:
        known = _run(root, target, entries, programs, cache, memo)
        known |= {"key": key, "inputs": {**known["inputs"], **{str(path): memo.digest(path) for path in configs}}}
        if key and known["whole"] and not any(raw["severity"] == "error" for raw in known["messages"]):
            cache.write(record, json.dumps(known).encode())
    return Compiled(
        outputs={name: _output(raw, cache.path("node", known["folder"])) for name, raw in known["outputs"].items()},
        inputs=tuple(Path(path) for path in known["inputs"]),
        problems=tuple(_problem(raw) for raw in known["messages"]),
        key=known["folder"],
    )


def bundler(root: Path) -> Path:
    """The folder of the program that makes bundles, compiled once for a machine."""
    return tools.programs(root, {"bundle": tools.project_folder() / _ENTRY})


def _key(root: Path, dist: Path, facts: list[Any], memo: Memo) -> tuple[str | None, list[Path]]:
    """What decides how imports are resolved: the names of the project's files, its configuration files, what is
    installed. None when there is too much to look at. And the configuration files."""
    try:
        names = look_at_tree(root, dist)
    except TooMuch:
        return None, []
    configs = [root / name for name in names if name.endswith(".json") or name == ".esbuildrc.json"]
    above = [folder / "tsconfig.json" for folder in root.parents]
    found = [path for path in configs if path.is_file()]
    found += extended([*found, *above])
    facts = [FORMAT, *facts, sorted(names), node_surroundings(root), [(str(p), memo.digest(p)) for p in found]]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest(), found


def _known(record: Path, key: str, memo: Memo, cache: Cache) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads(record.read_bytes())
        if known["key"] != key or not cache.path("node", known["folder"]).is_dir():
            return None
        return known if all(memo.digest(Path(path)) == digest for path, digest in known["inputs"].items()) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _run(
    root: Path, target: str, entries: Mapping[str, str], programs: Path, cache: Cache, memo: Memo
) -> dict[str, Any]:
    began = time.time_ns()
    made = cache.temporary()
    made.mkdir()
    names = {f"b{number}": key for number, key in enumerate(entries)}
    request = {
        "esbuild": str(tools.esbuild(root)),
        "root": str(root),
        "outdir": str(made),
        "runtime": str(tools.runtime_folder() / "src"),
        "target": target,
        "entries": {name: entries[key] for name, key in names.items()},
    }
    try:
        answer = _ask(root, programs, request)
        inputs = {path: memo.digest(Path(path)) for path in answer["inputs"]}
        folder = hashlib.sha256(json.dumps([FORMAT, request["entries"], str(programs), inputs]).encode()).hexdigest()[
            :40
        ]
        cache.place(made, cache.path("node", folder))
    finally:
        shutil.rmtree(made, ignore_errors=True)
    outputs = {names[name]: {**raw, "file": name} for name, raw in answer["outputs"].items()}
    is_whole = all(path.stat().st_mtime_ns < began - _GRANULARITY_NS for path in map(Path, inputs))
    return {"folder": folder, "inputs": inputs, "outputs": outputs, "messages": answer["messages"], "whole": is_whole}


def _ask(root: Path, programs: Path, request: dict[str, Any]) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    environment.setdefault("GOGC", _COLLECT)
    done = subprocess.run(
        [str(tools.node(root)), "--enable-source-maps", str(programs / "bundle.mjs")],
        input=json.dumps(request),
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise ProjectError(
            f"the bundles could not be made: {done.stderr.strip() or f'node ended with {done.returncode}'}",
            where=str(root),
            remedy="check the Node and the esbuild of the project (`node --version`, `npx esbuild --version`)",
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _output(raw: dict[str, Any], folder: Path) -> Output:
    name = raw["file"]
    files = {"index.mjs": folder / f"{name}.mjs", MAP: folder / f"{name}.mjs.map"}
    files |= {asset: folder / asset for asset in raw["assets"]}
    files |= {place: Path(file) for place, file in raw["addons"].items()}
    packages = {package: Path(path) for package, path in raw["packages"].items()}
    return Output(files, packages, tuple((label, path, count) for label, path, count in raw["parts"]))


def _problem(raw: dict[str, Any]) -> Problem:
    place = f"line {raw['line']}, column {raw['column']}" if "line" in raw else None
    return Problem(
        raw["text"],
        file=raw.get("file"),
        key=place,
        value=raw.get("source") or None,
        remedy=raw.get("remedy"),
        severity=raw["severity"],
    )


def _name(target: str) -> str:
    return f"last-{target}"
