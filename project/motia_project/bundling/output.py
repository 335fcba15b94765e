"""`dist/`: exactly the bundles of the last build and their manifest."""

from __future__ import annotations

from pathlib import Path

from motia_project.bundling.cache import Cache
from motia_project.bundling.describe import ACCESS, ROUTERS, STREAMS
from motia_project.bundling.zips import Zipped
from motia_project.manifest import Manifest


def publish(made: list[Zipped], manifest: Manifest, dist: Path, cache: Cache) -> None:
    """Bring `dist` up to date: changed zips replaced, stale ones removed, the manifest last."""
    dist.mkdir(parents=True, exist_ok=True)
    for zipped in made:
        file = dist / zipped.bundle.path
        if not _is_same(file, zipped.file):
            file.parent.mkdir(parents=True, exist_ok=True)
            cache.link(zipped.file, file)
    _remove_stale(dist, {dist / zipped.bundle.path for zipped in made})
    manifest.write(dist)


def _is_same(file: Path, zipped: Path) -> bool:
    try:
        mine, cached = file.stat(), zipped.stat()
    except FileNotFoundError:
        return False
    return (mine.st_size, mine.st_mtime_ns) == (cached.st_size, cached.st_mtime_ns)


def _remove_stale(dist: Path, current: set[Path]) -> None:
    folders = [dist / language for language in ROUTERS]
    files = [path for folder in folders for path in folder.rglob("*.zip")]
    for path in (*files, *(dist / name for name in (*ROUTERS.values(), STREAMS, ACCESS))):
        if path not in current:
            path.unlink(missing_ok=True)
    inside = [path for folder in folders for path in (folder, *folder.rglob("*")) if path.is_dir()]
    for folder in sorted(inside, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
