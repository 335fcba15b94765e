"""`motia generate openapi`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from step_sources import api

MOTIA = str(Path(sys.executable).with_name("motia"))
ORDERS = Path(__file__).parent.parent.parent / "examples/orders"


def motia(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTIA_"))}
    return subprocess.run([MOTIA, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, env=clean)


def test_the_document_of_the_example_is_valid(tmp_path: Path) -> None:
    out = tmp_path / "api.json"
    done = motia("generate", "openapi", "-t", "Orders", "-v", "2.0.0", "-o", str(out), cwd=ORDERS)
    assert done.returncode == 0, done.stderr
    made = json.loads(out.read_text())
    OpenAPIV31SpecValidator(made).validate()
    assert made["info"] == {"title": "Orders", "version": "2.0.0"}
    assert made["paths"]["/orders"]["post"]["operationId"] == "CreateOrder"
    assert "2 operations" in done.stderr


def test_without_options_it_is_openapi_json_and_named_after_the_project(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/hello_step.py").write_text(api())
    (tmp_path / "package.json").write_text('{"name": "@me/hello-api"}')
    assert motia("generate", "openapi", cwd=tmp_path).returncode == 0
    made = json.loads((tmp_path / "openapi.json").read_text())
    assert made["info"] == {"title": "@me/hello-api", "version": "1.0.0"}
    piped = motia("generate", "openapi", "-o", "-", cwd=tmp_path)
    assert json.loads(piped.stdout) == made


def test_a_broken_project_gets_no_document(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/hello_step.py").write_text(api(method="get"))
    done = motia("generate", "openapi", cwd=tmp_path)
    assert done.returncode == 1
    assert "hello_step.py" in done.stderr
    assert not (tmp_path / "openapi.json").exists()


def test_a_wildcard_that_openapi_cannot_tell_from_a_parameter_is_named(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/one_step.py").write_text(api(name="One", path="/files/:name"))
    (tmp_path / "steps/rest_step.py").write_text(api(name="Rest", path="/files/*"))
    done = motia("generate", "openapi", cwd=tmp_path)
    assert done.returncode == 0
    assert "1 operation " in done.stderr
    assert "steps/rest_step.py" in done.stderr
    assert "is not in the document" in done.stderr


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/hello_step.py").write_text(api())
    done = motia("generate", "openapi", "-o", "no/such/folder.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "no/such/folder.json" in done.stderr
    assert "Traceback" not in done.stderr
