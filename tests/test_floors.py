"""Who may import whom, read from the source: floors import only floors under them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "motia": ("runtime", set()),
    "motia_handlers": ("handlers", {"motia"}),
    "motia_project": ("project", {"motia", "motia_handlers"}),
    "motia_cdk": ("cdk", {"motia", "motia_project"}),
    "motia_local": ("localstack", {"motia", "motia_handlers", "motia_project", "motia_cdk"}),
    "motia_cli": ("cli", {"motia", "motia_handlers", "motia_project", "motia_cdk", "motia_local"}),
}
SYNTH = {"aws_cdk", "constructs", "jsii"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / FLOORS[package][0] / package).rglob("*.py"))


def imports(path: Path) -> set[tuple[str, bool]]:
    """(top-level name, at module level) of every import statement of a file."""
    tree = ast.parse(path.read_text())
    inner = {
        id(node)
        for scope in ast.walk(tree)
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(scope)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name.split(".")[0], id(node) not in inner) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add((node.module.split(".")[0], id(node) not in inner))
    return found


@pytest.mark.parametrize("package", FLOORS)
def test_a_floor_imports_only_floors_under_it(package: str) -> None:
    allowed = FLOORS[package][1] | {package}
    for path in sources(package):
        upward = {name for name, _ in imports(path) if name in FLOORS} - allowed
        assert not upward, f"{path.relative_to(ROOT)} imports {upward}"


@pytest.mark.parametrize("package", ["motia", "motia_handlers"])
def test_bundled_code_imports_the_standard_library_only(package: str) -> None:
    import sys

    for path in sources(package):
        foreign = {name for name, _ in imports(path)} - set(sys.stdlib_module_names) - {"motia", "motia_handlers"}
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


def test_the_cdk_library_is_imported_by_synth_alone() -> None:
    for package in FLOORS:
        for path in sources(package):
            used = {name for name, _ in imports(path)} & SYNTH
            construct = path.parent == ROOT / "cdk/motia_cdk" and path.name not in ("__init__.py", "synth_process.py")
            assert not used or construct, f"{path.relative_to(ROOT)} imports {used}"


@pytest.mark.parametrize("package", ["motia_cdk", "motia_local"])
def test_boto3_is_loaded_only_when_a_cloud_is_called(package: str) -> None:
    for path in sources(package):
        eager = {name for name, top in imports(path) if top} & {"boto3", "botocore"}
        assert not eager, f"{path.relative_to(ROOT)} imports {eager} at module level"
