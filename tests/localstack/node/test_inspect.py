"""`motia dev --inspect` with TypeScript: Node's inspector stops in a Step, and time stands still with it."""

import contextlib
import json
import signal
import socket
import threading
import time
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from motia_process import MotiaProcess, alive
from waiting import eventually

STEP = """
export const config = {{
  type: 'event', name: 'bill', subscribes: ['bill'], emits: [],
  infrastructure: {{ handler: {{ timeout: 1 }}, queue: {{ visibilityTimeout: 2 }} }},
}} as const

export const handler = async (data: unknown, ctx: any) => {{
  const total: number = {total}
  debugger
  ctx.logger.info(`billed ${{total}}`)
}}
"""
LATE_S = 4.0  # longer than the time limit, the visibility timeout and all that is granted beyond them


class Inspector:
    """Attached to Node's inspector on a port."""

    def __init__(self, port):
        self._port = port
        self._ids = 0
        self._opened = contextlib.ExitStack()
        self._socket = eventually(self._connect)
        self.paused = threading.Event()
        self._answered = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ask("Debugger.enable")

    def _connect(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/json", timeout=5) as answer:
                url = json.load(answer)[0]["webSocketDebuggerUrl"]
            return self._opened.enter_context(connect(url, max_size=None))
        except OSError:
            return None

    def ask(self, method):
        """Send a command and wait until it is carried out."""
        self._ids += 1
        self._socket.send(json.dumps({"id": self._ids, "method": method}))
        eventually(lambda: self._ids in self._answered)

    def _read(self):
        with contextlib.suppress(ConnectionClosed):
            for message in self._socket:
                told = json.loads(message)
                if told.get("method") == "Debugger.paused":
                    self.paused.set()
                elif "id" in told:
                    self._answered.add(told["id"])

    def close(self):
        self._opened.close()


@pytest.fixture
def port():
    """One that is free, and the next one too."""
    while True:
        with socket.socket() as sock, socket.socket() as next_one:
            sock.bind(("127.0.0.1", 0))
            found = sock.getsockname()[1]
            with contextlib.suppress(OSError):
                next_one.bind(("127.0.0.1", found + 1))
                return found


@pytest.fixture
def dev(tmp_path):
    made = MotiaProcess(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def stop_and_go(dev, inspector, total):
    inspector.paused.clear()
    dev.emit("bill", {})
    assert inspector.paused.wait(20)
    since = time.monotonic()
    eventually(lambda: time.monotonic() - since > LATE_S)
    assert not dev.said(f"billed {total}")
    inspector.ask("Debugger.resume")
    dev.says(f"billed {total}")


@pytest.mark.slow
def test_a_debugger_stops_in_a_step_before_and_after_it_is_saved(dev, port):
    dev.write("steps/bill.step.ts", STEP.format(total=1))
    dev.start("--inspect", str(port))
    assert dev.says(rf"debugger can attach to 127\.0\.0\.1:{port} \(Node's inspector\)")
    first = Inspector(port)
    stop_and_go(dev, first, 1)
    dev.write("steps/bill.step.ts", STEP.format(total=2))
    dev.says("bill.step.ts saved")
    first._reader.join(20)
    second = Inspector(port)
    stop_and_go(dev, second, 2)
    second.close()
    assert not dev.said("blocks its worker|longer than|no debugger")
    assert len([line for line in dev.lines if "billed" in line]) == 2
    children = dev.children()
    assert dev.stop() == 0
    eventually(lambda: not [pid for pid in children if alive(pid)])


def test_a_server_killed_while_its_step_stands_at_a_breakpoint_leaves_nothing(dev, port):
    dev.write("steps/bill.step.ts", STEP.format(total=1))
    dev.start("--inspect", str(port))
    inspector = Inspector(port)
    dev.emit("bill", {})
    assert inspector.paused.wait(20)
    children = dev.children()
    dev.stop(signal.SIGKILL)
    eventually(lambda: not [pid for pid in children if alive(pid)])


def test_a_project_of_both_languages_has_two_debuggers(dev, port):
    dev.write("steps/bill.step.ts", STEP.format(total=1))
    dev.step("hello", "'python'")
    dev.start("--inspect", str(port))
    assert dev.says(rf"127\.0\.0\.1:{port} \(debugpy\)")
    assert dev.says(rf"127\.0\.0\.1:{port + 1} \(Node's inspector\)")
    assert dev.get("/hello") == (200, "python")
    Inspector(port + 1).close()


def test_a_busy_port_is_an_error(dev, port):
    dev.write("steps/bill.step.ts", STEP.format(total=1))
    with socket.create_server(("127.0.0.1", port)):
        dev.launch("--inspect", str(port))
        assert dev.process.wait(20) == 1
    assert dev.says(f"port {port} is in use")
