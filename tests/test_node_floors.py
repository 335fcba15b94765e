"""TypeScript imports downward only, as Python does, and what ships in a bundle imports Node's own modules alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "runtime/node/src"
PROJECT = ROOT / "project/motia_project/node/src"
WORKER = ROOT / "localstack/motia_local/workers/node_worker"
_IMPORT = re.compile(r"^(?:(?:import|export)\b.*|\}) from '([^'\n]+)'|\bimport\('([^'\n]+)'\)", re.MULTILINE)
_PLACES = {"@motia/runtime/": RUNTIME, "@motia/project/": PROJECT}


def imports(folder: Path) -> list[tuple[Path, str]]:
    """(file, what it imports): a path for a file of ours, else the name."""
    found = []
    for file in sorted(folder.rglob("*.ts")):
        for static, dynamic in _IMPORT.findall(file.read_text()):
            found.append((file, resolved(file, static or dynamic)))
    return found


def resolved(file: Path, name: str) -> str:
    if name.startswith("."):
        return str((file.parent / name).resolve())
    for prefix, place in _PLACES.items():
        if name.startswith(prefix):
            return str(place / name.removeprefix(prefix))
    return name


@pytest.mark.parametrize(
    ("folder", "floors", "packages"),
    [
        (RUNTIME, [RUNTIME], ()),
        (PROJECT, [RUNTIME, PROJECT], ("esbuild",)),
        (WORKER, [RUNTIME, PROJECT, WORKER], ()),
    ],
    ids=["runtime", "project", "worker"],
)
def test_a_floor_imports_itself_and_those_below(folder: Path, floors: list[Path], packages: tuple[str, ...]) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file, name in imports(folder)
        if not name.startswith(("node:", *(f"{floor}/" for floor in floors))) and name not in packages
    ]
    assert wrong == []


def test_the_core_of_the_runtime_knows_neither_aws_nor_lambda() -> None:
    above = (f"{RUNTIME}/aws/", f"{RUNTIME}/lambda/")
    wrong = [
        f"{file.name}: {name}"
        for file, name in imports(RUNTIME)
        if file.parent.name not in ("aws", "lambda") and name.startswith(above)
    ]
    assert wrong == []


def test_every_import_of_ours_is_a_file() -> None:
    missing = [
        f"{file.relative_to(ROOT)}: {name}"
        for folder in (RUNTIME, PROJECT, WORKER)
        for file, name in imports(folder)
        if name.startswith("/") and not Path(name).is_file()
    ]
    assert missing == []
