"""The command line as a person and a pipeline meet it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

MOTIA = str(Path(sys.executable).with_name("motia"))


def motia(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTIA_")) and k != "CI"}
    return subprocess.run(
        [MOTIA, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        env={**clean, **environment},
        stdin=subprocess.DEVNULL,
    )


def test_help_names_every_command(tmp_path: Path) -> None:
    done = motia("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("build", "cloud", "dev", "emit", "emulator", "generate", "install", "logs", "version"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize("arguments", [["version"], ["--version"], ["-V"]])
def test_the_version_is_printed(tmp_path: Path, arguments: list[str]) -> None:
    done = motia(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "0.1.0" in done.stdout
    assert done.stdout.startswith("Motia CLI v") == (arguments == ["version"])


def test_a_typo_is_answered_with_the_nearest_command(tmp_path: Path) -> None:
    done = motia("biuld", cwd=tmp_path)
    assert done.returncode == 2
    assert "Did you mean 'motia build'?" in done.stderr


def test_an_unknown_option_is_the_command_lines_fault(tmp_path: Path) -> None:
    done = motia("build", "--fast", cwd=tmp_path)
    assert done.returncode == 2
    assert "--fast" in done.stderr


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    done = motia("cloud", "deploy", "-v", "v1", cwd=tmp_path)
    assert done.returncode == 2
    assert "--api-key is missing" in done.stderr
    done = motia("cloud", "deploy", "-k", "key", cwd=tmp_path)
    assert done.returncode == 2
    assert "--version-name is missing" in done.stderr


def test_an_environment_id_of_another_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "motia.toml").write_text('name = "shop"\n')
    done = motia("cloud", "rollback", "-k", "key", "-s", "other-production", cwd=tmp_path)
    assert done.returncode == 2
    assert "shop-<environment>" in done.stderr


def test_destroying_needs_a_yes(tmp_path: Path) -> None:
    done = motia("cloud", "destroy", "-k", "key", "--ci", cwd=tmp_path, AWS_REGION="eu-central-1")
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_emit_without_a_server_says_where_it_looked(tmp_path: Path) -> None:
    done = motia("emit", "--topic", "a", "--message", "{}", "--port", "9", cwd=tmp_path)
    assert done.returncode == 1
    assert "http://127.0.0.1:9/emit" in done.stderr
    assert "motia dev" in done.stderr
    assert "Traceback" not in done.stderr


def test_emit_wants_json(tmp_path: Path) -> None:
    done = motia("emit", "--topic", "a", "--message", "{id: 1}", cwd=tmp_path)
    assert done.returncode == 2
    assert "not JSON" in done.stderr


def test_emit_wants_json_that_others_read_too(tmp_path: Path) -> None:
    done = motia("emit", "--topic", "t", "--message", '{"price": NaN}', cwd=tmp_path)
    assert done.returncode == 2
    assert "--message is not JSON: it has no NaN" in done.stderr


@pytest.mark.parametrize(
    "wrong", [["-v", "v?"], ["-v", "v1", "-n", "a\nb"], ["-v", "v1", "--environment-name", "é"], ["-v", "v" * 65]]
)
def test_names_are_looked_at_before_the_project(tmp_path: Path, wrong: list[str]) -> None:
    done = motia("cloud", "deploy", "-k", "key", *wrong, cwd=tmp_path)  # a folder without Steps
    assert done.returncode == 2
    assert "cannot be used" in done.stderr


def test_a_broken_project_is_reported_whole_and_without_our_traceback(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/one_step.py").write_text("import nowhere_to_be_found\nconfig = {}\n")
    (tmp_path / "steps/two_step.py").write_text('config = {"type": "api", "name": "two"}\n')
    done = motia("build", cwd=tmp_path)
    assert done.returncode == 1
    assert "steps/one_step.py" in done.stderr
    assert "nowhere_to_be_found" in done.stderr
    assert "steps/two_step.py" in done.stderr
    assert "emits" in done.stderr
    assert "motia_project" not in done.stderr


def test_an_empty_folder_says_where_steps_go(tmp_path: Path) -> None:
    done = motia("build", cwd=tmp_path)
    assert done.returncode == 1
    assert "steps" in done.stderr


def test_no_credentials_is_the_clouds_refusal(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/a_step.py").write_text(
        'config = {"type": "api", "name": "a", "path": "/a", "method": "GET", "emits": []}\n'
        "async def handler(req, context):\n    return {'status': 200, 'body': {}}\n"
    )
    done = motia(
        *("cloud", "deploy", "-k", "key", "-v", "v1", "--ci"),
        cwd=tmp_path,
        AWS_REGION="eu-central-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_SHARED_CREDENTIALS_FILE="none",
        AWS_CONFIG_FILE="none",
    )
    assert done.returncode == 3, done.stderr
    assert "credentials" in done.stderr.lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["version"], ["emit", "--help"], ["dev", "--help"], ["logs", "--port", "9"], ["emulator", "status"]],
)
def test_everyday_commands_do_not_load_what_only_a_deploy_needs(tmp_path: Path, arguments: list[str]) -> None:
    program = (
        "import sys; from motia_cli.command_line import run; run(sys.argv[1:]); "
        "heavy = {'aws_cdk', 'jsii', 'boto3', 'botocore', 'fastapi'}; "
        "print('LOADED', sorted({name.split('.')[0] for name in sys.modules} & heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert "LOADED []" in done.stdout


def test_emit_to_what_is_not_a_motia_server_says_so(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        done = motia("emit", "--topic", "a", "--message", "{}", "-p", str(other.server_port), cwd=tmp_path)
        other.shutdown()
    assert done.returncode == 1
    assert "What answers is not a motia server" in done.stderr
    assert "<html" not in done.stderr
