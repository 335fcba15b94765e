"""What a request gets that a server which ends cannot wait for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from motia_local.server import start_local
from parity.places import call
from waiting import eventually

STEP = """
import asyncio
import pathlib

config = {"type": "api", "name": "Slow", "path": "/slow", "method": "GET", "emits": []}


async def handler(req, context):
    pathlib.Path("begun").touch()
    await asyncio.sleep(60)
"""


def test_it_is_answered_that_the_service_is_unavailable(tmp_path: Path, capfd) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/slow_step.py").write_text(STEP)
    local = start_local(tmp_path)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(call, local.url, "GET", "/slow")
        eventually((tmp_path / "begun").exists)
        local.stop()
        answer = waiting.result(10)
    assert (answer.status, answer.json()) == (503, {"message": "Service Unavailable"})
    assert "Traceback" not in "".join(capfd.readouterr())
