"""Start and end of `motia dev`: what it says, what it returns, what it leaves behind."""

import json
import signal
import socket
import threading

import pytest

from motia_process import MotiaProcess
from waiting import eventually


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_success_when_told_and_leaves_no_process(dev, gone, number):
    dev.step("hello", "'one'")
    dev.start()
    assert dev.get("/hello") == (200, "one")
    children = dev.children()
    assert children
    assert dev.stop(number) == 0
    gone(children)
    assert not dev.said("Traceback")


def test_workers_die_with_a_server_that_is_killed(dev, gone):
    dev.step("hello", "'one'")
    dev.write(
        "steps/loop_step.py",
        """
        config = {"type": "event", "name": "loop", "subscribes": ["loop"], "emits": []}
        async def handler(data, context):
            while True: pass
        """,
    )
    dev.write(
        "steps/child_step.py",
        """
        import subprocess
        config = {"type": "api", "name": "child", "method": "GET", "path": "/child", "emits": []}
        def handler(req, context):
            subprocess.Popen(["sleep", "600"])
            return {"status": 200, "body": "started"}
        """,
    )
    dev.start()
    assert dev.get("/child") == (200, "started")
    dev.emit("loop", 1)
    children = dev.children()
    assert len(children) >= 4
    dev.stop(signal.SIGKILL)
    gone(children)


def test_a_request_at_work_is_answered_before_the_end(dev):
    dev.step("slow", "(await __import__('asyncio').sleep(1)) or 'done'")
    dev.start()
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(dev.get("/slow")))
    asking.start()
    eventually(lambda: dev.get("/nothing")[0] == 404)
    assert dev.stop() == 0
    asking.join()
    assert answers == [(200, "done")]


def test_a_busy_port_gives_way_to_the_next(dev):
    dev.step("hello", "'one'")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        dev.start("-p", str(port))
        assert dev.said(f"Port {port} was in use, using port {dev.port} instead")
        assert port < dev.port < port + 10


def test_what_is_wrong_with_one_step_is_said_in_a_line_and_the_others_are_served(dev):
    dev.step("hello", "'one'")
    dev.write("steps/bad_step.py", "config = {'type': 'api', 'name': 'bad', 'emits': []}\n")
    dev.write("steps/worse_step.py", "def\n")
    dev.start()
    assert dev.get("/hello") == (200, "one")
    assert dev.said(r"✗ steps/bad_step.py: ")
    assert dev.said(r"✗ steps/worse_step.py: the file is not valid Python")


def test_two_servers_on_one_folder_are_refused(dev, tmp_path):
    dev.step("hello", "'one'")
    dev.start()
    other = MotiaProcess(tmp_path)
    with pytest.raises(AssertionError):
        other.start()
    assert other.process.wait(10) == 1
    assert not other.said("Traceback")


def test_state_and_queued_events_survive_a_restart(dev):
    dev.step("hello", "await context.state.get('g', 'k') or await context.state.set('g', 'k', 'kept') and 'set'")
    dev.start()
    assert dev.get("/hello") == (200, "set")
    assert dev.stop(signal.SIGKILL) == -9
    dev.lines.clear()
    dev.start()
    assert dev.get("/hello") == (200, "kept")


def test_logs_are_lines_of_json_when_asked_for(dev):
    dev.step("hello", "context.logger.info('greeted', {'n': 1}) or 'one'")
    dev.start("--json")
    dev.get("/hello")
    record = eventually(lambda: [json.loads(line) for line in dev.lines if "greeted" in line])[0]
    assert (record["level"], record["step"], record["msg"], record["n"]) == ("info", "hello", "greeted", 1)
    assert all(json.loads(line) for line in dev.lines)


def test_debug_logs_are_shown_on_demand(dev):
    dev.step("hello", "context.logger.debug('detail') or 'one'")
    dev.start("--debug")
    dev.get("/hello")
    assert dev.says(r"\[DEBUG\] hello detail")
