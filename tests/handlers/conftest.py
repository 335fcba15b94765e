"""A moto server for the tables of the WebSocket API, and its clients."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from atomic_moto import make_moto_atomic
from fake_sockets import FakeSockets, fake_sockets


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_moto_atomic()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture
def sockets() -> Iterator[FakeSockets]:
    with fake_sockets() as fake:
        yield fake
