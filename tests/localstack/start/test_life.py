"""Start and end of `motia start`."""

import http.client
import signal
import socket
import threading
import time

import pytest

from motia_process import alive
from waiting import eventually


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_success_when_told_and_leaves_no_process(process, number):
    process.step("hello", "'one'")
    process.start("--workers", "2")
    assert process.get("/hello") == (200, "one")
    children = process.children()
    assert len(children) >= 2
    assert process.stop(number) == 0
    eventually(lambda: not [pid for pid in children if alive(pid)])
    assert not process.said("Traceback")


def test_requests_at_work_are_answered_before_the_end_and_no_new_ones_are_taken(process):
    process.step("slow", after(1.5, process.language))
    process.step("hello", "'one'")
    process.start("--workers", "2")
    idle = http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
    idle.request("GET", "/hello")
    assert idle.getresponse().read() == b"one"
    answers: list[tuple[int, str]] = []
    asking = [threading.Thread(target=lambda: answers.append(process.get("/slow"))) for _ in range(4)]
    for thread in asking:
        thread.start()
    eventually(lambda: sum("began" in line for line in list(process.lines)) == 4, every_s=0.02)
    process.process.send_signal(signal.SIGTERM)
    eventually(lambda: not listening(process.port), every_s=0.02)
    for thread in asking:
        thread.join()
    assert answers == [(200, "done")] * 4
    assert process.process.wait(20) == 0
    assert idle.sock.recv(1) == b""


def test_workers_die_with_a_server_that_is_killed(process):
    process.step("hello", "'one'")
    process.start("--workers", "2")
    children = process.children()
    process.stop(signal.SIGKILL)
    eventually(lambda: not [pid for pid in children if alive(pid)])


def test_a_second_signal_ends_at_once(process):
    process.step("slow", after(25, process.language))
    process.start("--workers", "1")
    asking = threading.Thread(target=lambda: ignoring(lambda: process.get("/slow")))
    asking.start()
    assert process.says("began")
    process.process.send_signal(signal.SIGTERM)
    assert process.says("Stopping")
    began = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - began < 8
    asking.join()


def test_a_busy_port_is_an_error_of_one_line(process):
    process.step("hello", "'one'")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process.launch("-p", str(taken.getsockname()[1]))
        assert process.process.wait(20) == 1
    assert process.says("is in use")
    assert not process.said("Traceback")


def test_what_is_saved_later_is_not_served(process):
    process.step("hello", "'one'")
    process.start("--workers", "1")
    process.step("hello", "'two'")
    assert {process.get("/hello") for _ in range(30)} == {(200, "one")}


def test_debug_logs_are_shown_on_demand(process):
    process.step(
        "hello",
        {"python": "context.logger.debug('detail') or 'one'", "node": "(context.logger.debug('detail'), 'one')"}[
            process.language
        ],
    )
    process.start("--debug", "--workers", "1")
    process.get("/hello")
    assert process.says(r"\[DEBUG\] hello detail")


def after(seconds: float, language: str) -> str:
    """An expression that logs 'began' and is 'done' after a while."""
    if language == "node":
        wait = f"await new Promise((done) => setTimeout(done, {seconds * 1000}, 'done'))"
        return f"(context.logger.info('began'), {wait})"
    return f"context.logger.info('began') or (await __import__('asyncio').sleep({seconds})) or 'done'"


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def ignoring(work) -> None:
    try:
        work()
    except OSError:
        return
