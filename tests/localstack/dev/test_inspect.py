"""`motia dev --inspect`: a debugger stops in a Step, however often the Step is saved, and time stands still with it."""

import os
import signal
import socket
import sys
import time

import pytest

from debug_client import attach
from waiting import eventually

STEP = """
config = {{"type": "event", "name": "bill", "subscribes": ["bill"], "emits": [],
          "infrastructure": {{"handler": {{"timeout": 1}}, "queue": {{"visibilityTimeout": 2}}}}}}

async def handler(data, context):
    total = {total}
    context.logger.info(f"billed {{total}}")
"""
LINE = 7  # of the log call, in the file as it is saved
LATE_S = 4.0  # longer than the time limit, the visibility timeout and all that is granted beyond them


@pytest.fixture
def port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def stop_and_go(dev, client, total):
    dev.emit("bill", {})
    thread, function, line = client.stopped()
    assert (function, line) == ("handler", LINE)
    since = time.monotonic()
    eventually(lambda: time.monotonic() - since > LATE_S)
    assert not dev.said(f"billed {total}")
    client.go_on(thread)
    dev.says(f"billed {total}")


@pytest.mark.slow
def test_a_debugger_stops_in_a_step_before_and_after_it_is_saved(dev, gone, port):
    dev.write("steps/bill_step.py", STEP.format(total=1))
    dev.start("--inspect", str(port))
    assert dev.says(rf"debugger can attach to 127\.0\.0\.1:{port}")
    file = os.path.realpath(dev.root / "steps/bill_step.py")
    with attach(port) as client:
        client.break_at(file, LINE)
        stop_and_go(dev, client, 1)
        dev.write("steps/bill_step.py", STEP.format(total=2))
        client.ended()
    with attach(port) as client:
        client.break_at(file, LINE)
        stop_and_go(dev, client, 2)
    assert not dev.said("blocks its worker|longer than|Traceback|no debugger")
    assert len([line for line in dev.lines if "billed" in line]) == 2
    children = dev.children()
    assert dev.stop() == 0
    gone(children)
    eventually(lambda: not _listens(port))


def test_a_server_killed_while_its_step_stands_at_a_breakpoint_leaves_nothing(dev, gone, port):
    dev.write("steps/bill_step.py", STEP.format(total=1))
    dev.start("--inspect", str(port))
    with attach(port) as client:
        client.break_at(os.path.realpath(dev.root / "steps/bill_step.py"), LINE)
        dev.emit("bill", {})
        client.stopped()
        children = dev.children()
        dev.stop(signal.SIGKILL)
        gone(children)
    eventually(lambda: not _listens(port))


def test_without_debugpy_it_says_where_to_put_it(dev):
    dev.step("hello", "'one'")
    (dev.root / "python_modules/bin").mkdir(parents=True)
    (dev.root / "python_modules/bin/python").symlink_to(sys.base_prefix + "/bin/python3")
    dev.launch("--inspect")
    assert dev.process.wait(20) == 1
    assert dev.says("--inspect needs debugpy")
    assert dev.says(r"do: add debugpy to requirements.txt and run 'motia install'")


def test_a_busy_port_is_an_error(dev, port):
    dev.step("hello", "'one'")
    with socket.create_server(("127.0.0.1", port)):
        dev.launch("--inspect", str(port))
        assert dev.process.wait(20) == 1
    assert dev.says(f"port {port} is in use")


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
