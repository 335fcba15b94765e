"""Bundles as zip files: taken from the cache when nothing in them changed, otherwise put together from packed parts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia_project.bundling.archive import Entry, Pack, write_zip
from motia_project.bundling.cache import FORMAT, Cache
from motia_project.bundling.parts import RESERVED, RUNTIME, Part, Parts
from motia_project.bundling.sizes import UNZIPPED_LIMIT, BundleSize, lighter, too_big
from motia_project.model import Problem

_LARGEST = 5


@dataclass(frozen=True)
class Bundle:
    """path: below dist/. parts: earlier ones win where two have the same file. handler, runtime: of Lambda. reserved:
    names at the top that are not for files of the project."""

    path: str
    steps: tuple[str, ...]
    parts: tuple[Part, ...]
    handler: str
    runtime: str
    reserved: tuple[str, ...] = RESERVED

    def fingerprint(self) -> str:
        """Equal for bundles with equal content."""
        keys = [FORMAT, *(part.key for part in self.parts)]
        return hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Zipped:
    """A bundle's zip in the cache."""

    bundle: Bundle
    fingerprint: str
    file: Path
    sha256: str
    size: BundleSize
    warnings: tuple[Problem, ...]
    is_new: bool


def make_zips(bundles: list[Bundle], parts: Parts, cache: Cache, report: Callable[[str], None]) -> list[Zipped]:
    """Zips of these bundles, in order; equal bundles share one file."""
    prints = [bundle.fingerprint() for bundle in bundles]
    known = {fingerprint: _read(cache, fingerprint) for fingerprint in dict.fromkeys(prints)}
    new = {fp: bundle for fp, bundle in zip(prints, bundles, strict=True) if known[fp] is None}
    parts.prepare({part.key: part for bundle in new.values() for part in bundle.parts}.values())
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        for fingerprint, facts in zip(new, pool.map(lambda fp: _make(new[fp], fp, parts, cache), new), strict=True):
            known[fingerprint] = facts
            report(f"built {new[fingerprint].path}")
    return [
        _zipped(bundle, fp, cache, known[fp] or {}, is_new=fp in new)
        for fp, bundle in zip(prints, bundles, strict=True)
    ]


def _read(cache: Cache, fingerprint: str) -> dict[str, Any] | None:
    """What is known of a zip in the cache, None when it is not there as it was written."""
    try:
        facts: dict[str, Any] = json.loads(cache.path("zips", f"{fingerprint}.json").read_bytes())
        stat = cache.path("zips", f"{fingerprint}.zip").stat()
    except (FileNotFoundError, ValueError):
        return None
    return facts if facts["seen"] == [stat.st_size, stat.st_mtime_ns] else None


def _make(bundle: Bundle, fingerprint: str, parts: Parts, cache: Cache) -> dict[str, Any]:
    chosen, packages, largest = _choose(bundle, parts)
    unzipped = sum(entry.size for _, entry in chosen)
    has_bytecode = True
    if unzipped > UNZIPPED_LIMIT:  # better a slower start than no start
        chosen = [(pack, entry) for pack, entry in chosen if not entry.is_bytecode]
        unzipped = sum(entry.size for _, entry in chosen)
        has_bytecode = False
    temporary = cache.temporary()
    digest = write_zip(temporary, chosen)
    stat = temporary.stat()
    facts = {
        "sha256": digest,
        "unzipped": unzipped,
        "packages": packages,
        "largest": sorted(largest, key=lambda one: -one[1])[:_LARGEST],
        "bytecode": has_bytecode,
        "seen": [stat.st_size, stat.st_mtime_ns],
    }
    cache.place(temporary, cache.path("zips", f"{fingerprint}.zip"))
    cache.write(cache.path("zips", f"{fingerprint}.json"), json.dumps(facts).encode())
    return facts


def _choose(bundle: Bundle, parts: Parts) -> tuple[list[tuple[Pack, Entry]], dict[str, int], list[tuple[str, int]]]:
    """Every file of a bundle once, bytes by package, and bytes by file, that of code put together by its sources."""
    chosen: dict[str, tuple[Pack, Entry]] = {}
    packages: dict[str, int] = {}
    files: list[tuple[str, int]] = []
    for part in bundle.parts:
        pack = parts.pack(part)
        for entry in pack.entries:
            if entry.path in chosen or (part.label != RUNTIME and entry.path.split("/")[0] in bundle.reserved):
                continue
            chosen[entry.path] = pack, entry
            packages[part.label] = packages.get(part.label, 0) + entry.size
            files.append((entry.path, entry.size))
        for label, path, count in part.made_of:
            packages[label] = packages.get(label, 0) + count
            packages[part.label] -= count
            files.append((path, count))
    return list(chosen.values()), packages, files


def _zipped(bundle: Bundle, fingerprint: str, cache: Cache, facts: dict[str, Any], *, is_new: bool) -> Zipped:
    size = BundleSize(
        path=bundle.path,
        steps=bundle.steps,
        zipped=facts["seen"][0],
        unzipped=facts["unzipped"],
        packages=facts["packages"],
        largest=tuple((path, count) for path, count in facts["largest"]),
    )
    warnings = () if facts["bytecode"] or too_big(size) else (_without_bytecode(bundle, lighter(size.packages)),)
    file = cache.path("zips", f"{fingerprint}.zip")
    return Zipped(bundle, fingerprint, file, facts["sha256"], size, warnings, is_new)


def _without_bytecode(bundle: Bundle, remedy: str) -> Problem:
    return Problem(
        "is so big that its bytecode was left out; cold starts compile every module",
        file=bundle.path,
        remedy=remedy,
        severity="warning",
    )
