"""Our own TypeScript, compiled when first needed and kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import motia
from motia.errors import ProjectError
from motia_project.node.esbuild import esbuild
from motia_project.node.node import node
from motia_project.user_cache import cache_dir

_FORMAT = "1"  # of what this file makes; raising it compiles everything anew
_KEPT_S = 30 * 86_400
_REQUIRE = "import{createRequire as __motia_require}from'node:module';const require=__motia_require(import.meta.url);"
_BUILD = """
const [esbuild, options] = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
try {
  require(esbuild).buildSync(options)
} catch (error) {
  if (!error.errors) throw error
  const lines = error.errors.map((one) => `${one.location?.file}:${one.location?.line}: ${one.text}`)
  process.stdout.write(lines.join('\\n'))
  process.exitCode = 1
}
"""


def runtime_folder() -> Path:
    """The Node runtime: beside the Python one in a checkout, inside of it when installed from a wheel."""
    package = Path(motia.__file__ or "").parent
    beside = package.parent / "node"
    return beside if (beside / "package.json").is_file() else package / "node"


def project_folder() -> Path:
    """The TypeScript of this package."""
    return Path(__file__).parent / "src"


def programs(root: Path, entries: Mapping[str, Path]) -> Path:
    """The folder with `NAME.mjs` for each of `entries` (name -> TypeScript file), and `motia.mjs`, the Node runtime.

    All of them share the modules they have in common, so `motia.mjs` is one module for our code and the Steps'. The
    folder stays as it is: other sources make another one. Raises ProjectError where there is no Node or no esbuild.
    """
    compiler = esbuild(root)
    sources = {"motia": runtime_folder() / "src" / "index.ts", **entries}
    folder = cache_dir() / "programs" / _key(compiler, sources)
    if (folder / "motia.mjs").is_file():
        if time.time() - folder.stat().st_mtime > 86_400:
            os.utime(folder)  # still in use
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _prune(folder.parent)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as workspace:
            built = Path(workspace) / "out"
            _compile(node(root), compiler, sources, built)
            try:
                built.rename(folder)
            except OSError:  # another process was faster
                if not (folder / "motia.mjs").is_file():
                    raise
    except OSError as error:
        raise ProjectError(
            f"compiled files cannot be kept: {error.strerror}", where=str(folder), remedy="make the folder writable"
        ) from None
    return folder


def _key(compiler: Path, sources: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(f"{_FORMAT} {(compiler / 'package.json').read_text()}".encode())
    for name, path in sorted(sources.items()):
        digest.update(f"\0{name}\0{path}".encode())
    for path in _files(sources):
        digest.update(f"\0{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _files(sources: Mapping[str, Path]) -> Iterator[Path]:
    """All TypeScript that the entries could be made of."""
    folders = {runtime_folder() / "src", project_folder(), *(path.parent for path in sources.values())}
    for folder in sorted(folders):
        if not any(other in folder.parents for other in folders):
            yield from sorted(path for path in folder.rglob("*.ts") if "node_modules" not in path.parts)


def _compile(program: Path, compiler: Path, sources: Mapping[str, Path], built: Path) -> None:
    options = {
        "entryPoints": [{"in": str(path), "out": name} for name, path in sources.items()],
        "outdir": str(built),
        "absWorkingDir": str(runtime_folder()),
        "alias": {"@motia/runtime": str(runtime_folder() / "src"), "@motia/project": str(project_folder())},
        "bundle": True,
        "splitting": True,
        "format": "esm",
        "platform": "node",
        "target": "node20",
        "outExtension": {".js": ".mjs"},
        "chunkNames": "chunks/[name]-[hash]",
        "sourcemap": "linked",
        "sourcesContent": False,
        "banner": {"js": _REQUIRE},
        "external": ["esbuild"],
        "logLevel": "silent",
        "tsconfigRaw": {"compilerOptions": {"target": "ES2022", "strict": True}},
    }
    done = subprocess.run(
        [program, "-e", _BUILD],
        input=json.dumps([str(compiler), options]),
        cwd=runtime_folder(),
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"},
    )
    if done.returncode != 0:
        reason = done.stdout.strip() or done.stderr.strip()
        raise ProjectError(f"our own TypeScript cannot be compiled by esbuild: {reason}", where=str(compiler))


def _prune(folder: Path) -> None:
    for entry in os.scandir(folder):
        if time.time() - entry.stat().st_mtime > _KEPT_S:
            shutil.rmtree(entry.path, ignore_errors=True)
