"""`node_modules/motia` and `node_modules/@motiadev/core`: where editors, `tsc` and test runners find what Steps import.

No registry has them, so they are put there, when nothing is there. What somebody else has put there stays: Steps get
ours all the same when they are compiled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from motia.errors import ProjectError
from motia_project.node.tools import programs, runtime_folder

NAMES = ("motia", "@motiadev/core")

_MARK = "putThereBy"
_US = "motia-aws"
_AGAIN = "export * from 'motia'\n"


def put_types_package(root: Path) -> tuple[str, ...]:
    """Put our packages into the project's `node_modules`; the names under which there are others, which are kept.

    Nothing is written when they are as they should be. Raises ProjectError when the folder cannot be written.
    """
    digest = _digest()
    others = []
    for name in NAMES:
        folder = root / "node_modules" / name
        installed = _installed(folder)
        if installed is None and os.path.lexists(folder) and not _is_empty(folder):
            others.append(name)
        elif installed != digest:
            try:
                _put(root, folder, name, digest)
            except OSError as wrong:
                raise ProjectError(
                    f"the types of `{name}` cannot be written: {wrong.strerror}",
                    where=str(folder),
                    remedy="make node_modules writable",
                ) from None
    return tuple(others)


def not_ours(name: str) -> str:
    """What to know about a package of somebody else that is in the place of ours."""
    return (
        f"node_modules/{name} is not ours: editors take their types from it, Steps run with ours;"
        f" take `{name}` out of package.json to see ours"
    )


def _installed(folder: Path) -> str | None:
    """The digest of a package of ours, None for anything else."""
    try:
        found = json.loads((folder / "package.json").read_bytes())[_US]
        return str(found["digest"]) if found[_MARK] == _US else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())


def _digest() -> str:
    """Changes with what is in the packages."""
    runtime = runtime_folder()
    found = hashlib.sha256((_US + version(_US)).encode())
    for path in (Path(__file__), runtime / "index.d.ts", *sorted((runtime / "src").rglob("*.ts"))):
        found.update(path.read_bytes())
    return found.hexdigest()[:32]


def _put(root: Path, folder: Path, name: str, digest: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".motia-", dir=folder.parent))
    try:
        new.chmod(0o755)
        if name == NAMES[0]:
            shutil.copytree(programs(root, {}), new / "dist", ignore=shutil.ignore_patterns("*.map"))
            shutil.copyfile(runtime_folder() / "index.d.ts", new / "index.d.ts")
        else:
            (new / "index.d.ts").write_text(_AGAIN)
            (new / "index.mjs").write_text(_AGAIN)
        program = "./dist/motia.mjs" if name == NAMES[0] else "./index.mjs"
        (new / "package.json").write_text(json.dumps(_manifest(name, program, digest), indent=2) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            new.rename(folder)
        except OSError:
            if _installed(folder) != digest:  # else another process was faster
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _manifest(name: str, program: str, digest: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": version(_US),
        "description": "Put here by the `motia` command; a registry does not have it",
        "private": True,
        "license": "MIT",
        "type": "module",
        "types": "./index.d.ts",
        "exports": {".": {"types": "./index.d.ts", "default": program}, "./package.json": "./package.json"},
        _US: {_MARK: _US, "digest": digest},
    }
