"""What a cold start pays for."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest

import motia

RUNTIME = str(Path(motia.__file__ or "").parent.parent)


def loaded(module: str) -> set[str]:
    """Every module in a fresh interpreter after importing one of ours."""
    code = f"import sys; sys.path.insert(0, {RUNTIME!r}); import {module}; print(repr(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    return set(literal_eval(done.stdout))


@pytest.mark.parametrize("module", ["sigv4", "transport", "client", "sqs", "dynamodb", "s3"])
def test_the_client_stays_small(module: str) -> None:
    heavy = {
        "asyncio",
        "ssl",
        "email",
        "http.client",
        "urllib",
        "logging",
        "random",
        "typing",
        "dataclasses",
        "datetime",
    }
    assert heavy & loaded(f"motia.aws.{module}") == set()


def test_the_backend_adds_only_what_every_handler_needs() -> None:
    heavy = {
        "boto3",
        "botocore",
        "http.client",
        "email",
        "urllib.request",
        "random",
        "uuid",
        "decimal",
        "datetime",
        "tempfile",
    }
    assert heavy & loaded("motia.aws.sandbox") == set()


def test_the_package_itself_imports_nothing() -> None:
    assert {name for name in loaded("motia.aws") if name.startswith("motia")} == {"motia", "motia.aws"}


def test_a_step_that_leaves_streams_alone_does_not_pay_for_their_clients() -> None:
    used_by_streams = {"motia.aws.push", "motia.aws.rooms", "motia.aws.sockets", "motia.stream_protocol"}
    assert used_by_streams & loaded("motia.aws.sandbox") == set()
