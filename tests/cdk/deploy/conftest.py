"""An emulator, one warm synthesis process, and a project of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import deployed_shop
from deployed_shop import Shop
from motia_cdk.deploy import Target, removal, session
from motia_cdk.deploy.cloud import connect
from motia_cdk.synth_process import SynthProcess
from motia_local.emulator import Endpoint

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynthProcess]:
    with SynthProcess(tmp_path_factory.mktemp("synth")) as process:
        yield process


@pytest.fixture(scope="module", autouse=True)
def one_session() -> Iterator[None]:
    """boto3 reads its service models anew for every session, which takes longer than a deploy to the emulator."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = cache(connect)
        for module in (session, removal, deployed_shop):
            patch.setattr(module, "connect", remembered)
        yield


@pytest.fixture
def shop(emulator_endpoint: Endpoint, synth: SynthProcess, tmp_path: Path) -> Shop:
    at = emulator_endpoint
    target = Target(at.region, endpoint_url=at.url, access_key=at.access_key, secret_key=at.secret_key)
    return Shop(target, synth, tmp_path, project=f"shop-{next(_numbers)}")
