"""`motia.toml` and what follows when it says nothing."""

import sys
from pathlib import Path

import pytest

from motia_project.settings import Settings
from motia_project.settings_file import default_name, default_runtime, read_settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "My shop"
    folder.mkdir()
    return folder


def test_every_key_is_optional(root: Path) -> None:
    settings, problems = read_settings(root)
    assert problems == ()
    assert settings == Settings(name="My-shop", runtime=default_runtime(root))


def test_every_key_can_be_set(root: Path) -> None:
    (root / "motia.toml").write_text("""
        name = "shop"
        runtime = "python3.12"
        node_runtime = "nodejs24.x"
        architecture = "x86_64"
        api = "router"
        region = "eu-central-1"
        log_retention_days = 14
        keep_versions = 1
        preview = false
        packages = ["yaml"]
        [vpc]
        subnet_ids = ["subnet-0a"]
        security_group_ids = ["sg-0b"]
        [domain]
        name = "api.example.com"
        certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/x"
        [alarms]
        topic_arn = "arn:aws:sns:eu-central-1:123456789012:alarms"
        errors = false
        """)
    settings, problems = read_settings(root)
    assert problems == ()
    assert (settings.name, settings.api, settings.packages) == ("shop", "router", ["yaml"])
    assert settings.vpc and settings.domain and settings.alarms and settings.alarms.dead_letters


def test_a_wrong_key_leaves_the_others_alone(root: Path) -> None:
    (root / "motia.toml").write_text('name = "shop"\nkeep_versions = "3"\n')
    settings, problems = read_settings(root)
    assert settings.name == "shop"
    assert [problem.key for problem in problems] == ["keep_versions"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, "My-shop"),
        ({"package.json": '{"name": "@acme/web-shop"}'}, "web-shop"),
        ({"pyproject.toml": '[project]\nname = "py_shop"'}, "py_shop"),
        ({"package.json": "{}", "pyproject.toml": '[project]\nname = "py_shop"'}, "py_shop"),
        ({"package.json": "not json", "pyproject.toml": "[project"}, "My-shop"),
        ({"package.json": '["shop"]', "pyproject.toml": "project = 3"}, "My-shop"),
        ({"package.json": '{"name": "Größe & Co"}'}, "Groe-Co"),
    ],
)
def test_the_name_comes_from_what_is_there(root: Path, files: dict[str, str], name: str) -> None:
    for file, content in files.items():
        (root / file).write_text(content)
    assert default_name(root) == name


def test_the_runtime_is_that_of_the_projects_interpreter(root: Path) -> None:
    assert default_runtime(root) == f"python{sys.version_info.major}.{sys.version_info.minor}"
    config = root / "python_modules" / "pyvenv.cfg"
    config.parent.mkdir()
    for version, runtime in (("3.12.1", "python3.12"), ("3.14.0", "python3.14"), ("3.10.2", "python3.13")):
        for key in ("version", "version_info"):
            config.write_text(f"home = /usr/bin\n{key} = {version}\n")
            assert default_runtime(root) == runtime
