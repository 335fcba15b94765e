"""What one Step does to its worker costs no other request more than it must."""

import os
import signal
import threading
import time

import pytest

from motia_local.workers.python_worker.shared import READING
from start_bodies import (
    AFTERWARDS,
    CRASH,
    FAIL,
    FAIL_WITH_CODE,
    INTERRUPT,
    KEEPS,
    LEAVE,
    LOGS,
    LOOP,
    LOOPS_LATER,
    NOTES,
    RAISE_EXIT,
    REGEX,
    Body,
    says,
    waits,
)
from waiting import eventually


def test_a_crash_is_a_500_and_idle_connections_go_on_with_another_worker(site):
    site.api("crash", CRASH)
    site.api("hello", says("hello"))
    site.start()
    idle = [site.client() for _ in range(6)]
    assert [client.get("/hello").status for client in idle] == [200] * 6
    assert site.get("/crash").status == 500
    assert [client.get("/hello").body for client in idle] == [b"hello"] * 6
    record = eventually(lambda: site.logs("error"))[0]
    assert record["step"] == "crash"
    assert {"python": "exit code 3", "node": "signal SIGABRT"}[site.language] in record["error"]["message"]
    eventually(lambda: site.open_lines() == 2)


def test_a_killed_worker_costs_the_requests_it_was_answering_only(site):
    site.api("slow", waits(1.5, "slow"))
    site.api("hello", says("hello"))
    site.start()
    slow, idle = [site.client() for _ in range(4)], [site.client() for _ in range(4)]
    for client in idle:
        client.get("/hello")
    for client in slow:
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: sum(len(line.running()) for line in site.lines().values()) == 4)
    os.kill(site.pids()[0], signal.SIGKILL)
    assert sorted(client.read().status for client in slow) == [200, 200, 500, 500]
    assert [client.get("/hello").status for client in idle] == [200] * 4


@pytest.mark.parametrize("rest", [b"", b"cd"])
def test_a_killed_worker_costs_the_requests_of_which_it_had_read_a_part(site, rest):
    site.api("hello", says("hello"), "POST")
    site.start(1)
    client = site.client()
    client.send("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
    lines = site.lines().values()
    eventually(lambda: any(line.shared.places[place] == READING for line in lines for place in list(line.clients)))
    os.kill(site.pids()[0], signal.SIGSTOP)
    client.send(rest)
    os.kill(site.pids()[0], signal.SIGKILL)
    answer = client.read()
    assert (answer.status, answer.headers["connection"]) == (500, "close")
    assert client.ended()
    assert site.client().get("/hello").status == 404


def test_a_request_that_runs_too_long_is_a_500_and_its_connection_lives(site):
    site.api("late", waits(60, "late"))
    site.api("hello", says("hello"))
    site.start(1)
    pid = site.pids()
    client = site.client()
    began = time.monotonic()
    assert client.get("/late").status == 500
    assert time.monotonic() - began < 5
    assert client.get("/hello").status == 200
    if site.language == "python":  # what runs in Node cannot be cancelled: the worker is replaced
        assert site.pids() == pid
    assert eventually(lambda: site.logs("error"))[0]["error"]["name"] == "TimeoutError"


def test_an_endless_loop_ends_its_worker_and_the_other_serves(site):
    site.api("loop", LOOP)
    site.api("hello", says("hello"))
    site.start()
    client, behind = site.client(), site.client()
    client.send("GET /loop HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: any(member.stuck and member.stuck.until for member in site.lines()))
    assert site.get("/hello").status == 200  # new connections go to a worker that answers
    assert behind.get("/hello").status == 200
    assert client.read().status == 500
    assert client.ended()
    assert eventually(lambda: site.logs("error"))[0]["error"]["name"] == "TimeoutError"
    eventually(lambda: site.open_lines() == 2)


def test_an_endless_loop_that_a_step_leaves_behind_ends_its_worker(site, monkeypatch):
    monkeypatch.setattr("motia_local.workers.pool.LEFTOVER_S", 1.0)
    site.api("later", LOOPS_LATER)
    site.api("hello", says("hello"))
    site.start()
    before = set(site.pids())
    assert site.get("/later").status == 200
    eventually(lambda: (site.root / "looping").exists())  # and nobody is waiting
    behind = [site.client() for _ in range(4)]
    assert [client.get("/hello").status for client in behind] == [200] * 4
    eventually(lambda: before - set(site.pids()) and site.open_lines() == 2, within_s=40)
    assert not site.logs("error")


def test_a_handler_that_cannot_be_ended_costs_its_worker_after_its_other_requests(site):
    site.api("thread", Body("time.sleep(60)", waits(60, "late").node, head="def"))
    site.api("slow", waits(1.8, "slow"))
    site.start(1)
    pid = site.pids()
    first, second = site.client(), site.client()
    first.send("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n")
    assert first.read().status == 500
    second.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: site.open_lines() == 1 and site.pids() != pid)
    assert second.read().body == b"slow"
    assert first.get("/slow").status == 200  # the same connection, another worker


def test_sys_exit_and_errors_are_500_and_harm_no_worker(site):
    site.api("leave", LEAVE)
    site.api("fail", FAIL)
    site.api("interrupt", INTERRUPT)
    site.api("exit", RAISE_EXIT)
    site.start(1)
    pid = site.pids()
    client = site.client()
    assert [client.get(path).status for path in ("/leave", "/fail", "/interrupt", "/exit")] == [500] * 4
    assert site.pids() == pid
    eventually(lambda: len(site.logs("error")) >= 3)


def test_logs_and_traces_of_requests_are_kept(site):
    site.api("told", LOGS)
    site.start(1)
    assert site.get("/told").status == 200
    record = eventually(lambda: site.logs("info"))[0]
    assert (record["step"], record["msg"], record["n"]) == ("told", "hello", 1)
    records = site.handle.engine.records
    trace = eventually(lambda: site.handle.run(records.traces(record["traceId"])))[0]
    assert (trace["name"], trace["status"], trace["entryPoint"]["type"]) == ("told", "completed", "api")
    assert [event["type"] for event in trace["events"]] == ["log"]


def test_the_code_of_an_error_is_on_record_beside_its_name(site):
    """Of a request that a worker answers, and of an event that it is sent."""
    site.api("refused", FAIL_WITH_CODE)
    site.api("fails", FAIL)
    site.event("work", FAIL_WITH_CODE)
    site.start(1)
    client = site.client()
    body = b'{"topic": "work", "data": 1}'
    client.send(b"POST /emit HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    assert client.read().status == 200
    assert [client.get("/refused").status, client.get("/fails").status] == [500, 500]
    records = site.handle.engine.records
    eventually(lambda: {log["step"] for log in site.logs("error")} == {"refused", "fails", "work"})
    logs = {log["step"]: log for log in site.logs("error")}
    for step in ("refused", "work"):
        trace = site.handle.run(records.traces(logs[step]["traceId"]))[0]
        for error in (logs[step]["error"], trace["error"]):
            assert set(error) == {"message", "name", "code", "stack"}
            assert (error["message"], error["name"], error["code"]) == ("no", "TypeError", "ECONNREFUSED")
    (trace,) = site.handle.run(records.traces(logs["fails"]["traceId"]))
    assert set(trace["error"]) == {"message", "name", "stack"}


def test_an_event_beside_a_crashing_request_is_not_lost(site):
    site.api("crash", CRASH)
    site.event("work", NOTES)
    site.start(1)
    client = site.client()
    body = b'{"topic": "work", "data": 1}'
    client.send(b"POST /emit HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    assert client.read().status == 200
    crash = threading.Thread(target=lambda: site.get("/crash"))
    crash.start()
    assert eventually(lambda: site.handle.run(site.handle.engine.state.get("done", "1")))
    crash.join()


def test_code_that_lets_no_other_thread_run_ends_its_worker(site):
    site.api("regex", REGEX)
    site.start()
    pids = site.pids()
    client = site.client()
    assert client.get("/regex").status == 500
    eventually(lambda: site.open_lines() == 2 and site.pids() != pids)
    assert site.get("/nothing").status == 404


def test_what_a_step_keeps_in_its_context_is_not_seen_by_the_next_request(site):
    site.api("keeps", KEEPS)
    site.start(1)
    client = site.client()
    client.send("GET /keeps HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    assert [client.read().body for _ in range(3)] == [b"null"] * 3
    assert client.get("/keeps").body == b"null"


def test_what_a_handler_left_to_be_done_is_done_after_its_answer(site):
    """And a request that the server was not told of does not begin for it after its end."""
    site.api("hello", says("hello"))
    site.api("leaves", AFTERWARDS, emits=["work"])
    site.event("work", NOTES)
    site.start(1)
    client = site.client()
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n" * 800)
    assert [client.read().status for _ in range(800)] == [200] * 800
    assert client.get("/leaves").status == 200
    state = site.handle.engine.state
    assert eventually(lambda: site.handle.run(state.get("done", "1")))
    assert site.handle.run(state.get("after", "set")) is True
    assert [run for line in site.lines().values() for run in line.runs.values()] == []


def test_connections_given_to_a_worker_that_stands_still_are_answered_by_another(site):
    site.api("loop", LOOP)
    site.api("hello", says("hello"))
    site.start()
    looping = site.client()
    assert looping.get("/hello").status == 200  # the worker has it, so that nothing of the loop can run elsewhere
    looping.send("GET /loop HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: any(line.running() for line in site.lines().values()), every_s=0.01)
    clients = [site.client() for _ in range(8)]
    for client in clients:
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [client.read().body for client in clients] == [b"hello"] * 8
    assert any(line.running() for line in site.lines().values())  # the loop has not ended yet
    assert looping.read().status == 500


def test_what_a_server_that_ends_cannot_wait_for_is_a_503(site):
    site.api("patient", waits(60, "late"))
    site.start(1)
    client = site.client()
    client.send("GET /patient HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: any(line.running() for line in site.lines().values()))
    site.stop()
    answer = client.read()
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')
    assert client.ended()
