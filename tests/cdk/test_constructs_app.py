"""The app in docs/constructs.md, run as a platform team would run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cdk_manifests import orders
from cdk_templates import by, of_type, render
from motia_cdk import constructs
from motia_cdk.requests import StackTemplate

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("constructs-app")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloud assembly of the documented app, beside a build of the orders project."""
    folder: Path = tmp_path_factory.mktemp("app")
    manifest = orders()
    for path in manifest.bundles:
        bundle = folder / "dist" / path
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_bytes(b"PK\x05\x06" + bytes(18))
    manifest.write(folder / "dist")
    (source,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/constructs.md").read_text(), re.S)
    (folder / "app.py").write_text(source)
    environment = {**os.environ, "CDK_OUTDIR": str(folder / "cdk.out"), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=folder, env=environment, check=True, timeout=150)
    return folder / "cdk.out"


def template(assembly: Path, stack: str) -> dict[str, object]:
    return StackTemplate(stack, assembly / f"{stack}.template.json", {}, {}, 0).template


def test_the_environment_routes_to_the_functions_of_the_version(assembly: Path) -> None:
    shop, release = template(assembly, "Shop"), template(assembly, "ShopV1")
    uris = [render(p)["IntegrationUri"] for p in of_type(shop, "ApiGatewayV2::Integration").values()]
    assert {uri.removesuffix("/invocations").rpartition(":")[2] for uri in uris} <= by(
        release, "Lambda::Function", "FunctionName"
    ).keys()
    assert "GET /orders/{id}" in by(shop, "ApiGatewayV2::Route", "RouteKey")


def test_bundles_are_assets_of_the_app(assembly: Path) -> None:
    functions = by(template(assembly, "ShopV1"), "Lambda::Function", "FunctionName")
    keys = {function["Code"]["S3Key"] for function in functions.values()}
    assert len(keys) == len(functions)
    assert all((assembly / f"asset.{key}").exists() for key in keys)


def test_the_version_imports_the_names_of_the_environments_tables(assembly: Path) -> None:
    functions = of_type(template(assembly, "ShopV1"), "Lambda::Function")
    for function in functions.values():
        variables = function["Environment"]["Variables"]
        assert variables["MOTIA_STATE_TABLE"].keys() == {"Fn::ImportValue"}
        assert variables["CURRENCY"] == "EUR"


def test_a_step_can_be_granted_more(assembly: Path) -> None:
    policies = [render(p) for p in of_type(template(assembly, "ShopV1"), "IAM::Policy").values()]
    actions = {action for p in policies for s in p["PolicyDocument"]["Statement"] for action in s["Action"]}
    assert "s3:PutObject" in actions


@pytest.mark.slow
def test_cfn_lint_finds_no_error(assembly: Path) -> None:
    lint = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--regions",
        "eu-central-1",
        "--non-zero-exit-code",
        "error",
    ]
    paths = [str(assembly / f"{stack}.template.json") for stack in ("Shop", "ShopV1")]
    done = subprocess.run(
        [*lint, "--non-zero-exit-code", "error", "--", *paths], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_list_of_exported_names_is_true() -> None:
    assert sorted(constructs.__all__) == constructs.__all__
    for name in constructs.__all__:
        assert getattr(constructs, name).__module__.startswith("motia_cdk.")
