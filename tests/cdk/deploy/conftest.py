"""An emulator, one warm synthesis process, and a project of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployed_shop import Shop
from motia_cdk.deploy import Target
from motia_cdk.synth_process import SynthProcess
from motia_local.emulator import Endpoint

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynthProcess]:
    with SynthProcess(tmp_path_factory.mktemp("synth")) as process:
        yield process


@pytest.fixture
def shop(emulator_endpoint: Endpoint, synth: SynthProcess, tmp_path: Path) -> Shop:
    at = emulator_endpoint
    target = Target(at.region, endpoint_url=at.url, access_key=at.access_key, secret_key=at.secret_key)
    return Shop(target, synth, tmp_path, project=f"shop-{next(_numbers)}")
