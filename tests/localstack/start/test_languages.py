"""Steps in two languages behind one port: a connection goes to whoever answers its request."""

import json
import os
import signal
import threading

import pytest

from start_bodies import CRASH, ECHO, LOOP, WHO, says, waits
from waiting import eventually


@pytest.fixture
def both(site):
    """`/own` and `/echo` in one language, `/other` and `/there` in the other."""
    other = "node" if site.language == "python" else "python"
    site.api("own", WHO)
    site.api("echo", ECHO, "POST", "/echo/:name")
    site.api("other", WHO, language=other)
    site.api("there", ECHO, "POST", "/there/:name", language=other)
    return site


def pid(answer):
    assert answer.status == 200
    return json.loads(answer.body)["pid"]


def post(client, path, body, kind="text/plain"):
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    client.send(head.encode() + body)


@pytest.fixture
def other(both):
    return "node" if both.language == "python" else "python"


def test_a_connection_goes_over_to_the_workers_for_the_language_of_its_request(both, other):
    both.start()
    client = both.client()
    for _ in range(5):
        assert pid(client.get("/own")) in both.pids(both.language)
        assert pid(client.get("/other")) in both.pids(other)
    eventually(lambda: both.served_by_workers() == 1)


def test_a_connection_stays_where_it_went(both, other):
    both.start()
    client = both.client()
    assert len({pid(client.get("/other")) for _ in range(10)}) == 1
    eventually(lambda: sum(len(line.clients) for line in both.lines(other).values()) == 1)


def test_new_connections_go_where_the_last_ones_were_at_home(both, other):
    both.start()
    first = both.client()
    first.get("/other")
    clients = [both.client() for _ in range(4)]
    eventually(lambda: sum(len(line.clients) for line in both.lines(other).values()) == 5)
    assert {pid(client.get("/other")) for client in clients} == set(both.pids(other))


def test_requests_sent_at_once_are_answered_in_order_whoever_answers_them(both):
    both.start()
    client = both.client()
    for number in range(40):
        post(client, f"/{('echo', 'there')[number % 2]}/{number}", b"%d" % number)
    answers = [json.loads(client.read().body) for _ in range(40)]
    assert [(answer["body"], answer["path"]["name"]) for answer in answers] == [(str(n), str(n)) for n in range(40)]


@pytest.mark.parametrize("size", [100, 10_000, 60_000, 900_000, 3_000_000])
def test_a_body_goes_over_with_its_request(both, size):
    both.start(1)
    client = both.client()
    assert client.get("/own").status == 200
    text = bytes(range(32, 127)) * (size // 95 + 1)
    post(client, "/there/x", text[:size])
    assert json.loads(client.read().body)["body"].encode() == text[:size]
    assert client.get("/own").status == 200


def test_a_request_that_comes_in_pieces_goes_over_before_it_is_complete(both, other):
    both.start(1)
    client = both.client()
    assert client.get("/own").status == 200
    client.send("POST /there/x HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nab")
    eventually(lambda: sum(len(line.clients) for line in both.lines(other).values()) == 1)
    client.send("cdef")
    assert json.loads(client.read().body)["body"] == "abcdef"


def test_static_paths_beat_parameters_across_languages(site):
    other = "node" if site.language == "python" else "python"
    site.api("any", says("any"), path="/orders/:id")
    site.api("fixed", says("fixed"), path="/orders/latest", language=other)
    site.start(1)
    client = site.client()
    assert [client.get(path).body for path in ("/orders/1", "/orders/latest", "/orders/2")] == [
        b"any",
        b"fixed",
        b"any",
    ]


def test_what_no_step_answers_is_answered_where_the_connection_is(both, other):
    both.start(1)
    client = both.client()
    client.get("/other")
    assert client.get("/nothing").status == 404
    eventually(lambda: sum(len(line.clients) for line in both.lines(other).values()) == 1)


def test_a_crash_of_one_language_leaves_the_connections_of_the_other_alone(both, other):
    both.api("crash", CRASH, language=other)
    both.start(1)
    mine, theirs = both.client(), both.client()
    assert pid(mine.get("/own"))
    assert pid(theirs.get("/other"))
    pids = both.pids(both.language)
    assert both.get("/crash").status == 500
    assert mine.get("/own").status == 200
    assert both.pids(both.language) == pids
    assert theirs.get("/other").status == 200  # went to a worker of either language, and on from there


def test_requests_for_a_language_without_workers_wait_for_one(both, other):
    both.start(1)
    client = both.client()
    assert client.get("/own").status == 200
    for number in both.pids(other):
        os.kill(number, signal.SIGKILL)
    assert client.get("/other").status == 200


def test_a_connection_that_went_to_a_worker_that_is_blocked_goes_to_the_next(both, other):
    both.api("patient-loop", LOOP, language=other)
    both.start()
    clients = [both.client() for _ in range(4)]
    for client in clients:
        assert client.get("/own").status == 200
    looping = both.client()
    looping.send("GET /patient-loop HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: any(line.running() for line in both.lines(other).values()))
    for client in clients:
        client.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
    assert {pid(client.read()) for client in clients} <= {member.process.pid for member in both.lines(other)}
    eventually(lambda: sum(len(line.clients) for line in both.lines(other).values()) == 5)


def test_sixteen_connections_ask_for_both_languages_at_once(both):
    both.start()
    wrong: list[object] = []

    def ask(number: int) -> None:
        client = both.client()
        for turn in range(60):
            path = "echo" if (number * turn) % 3 else "there"
            post(client, f"/{path}/{number}-{turn}", b"%d" % turn)
            answer = client.read()
            if answer.status != 200 or json.loads(answer.body)["path"]["name"] != f"{number}-{turn}":
                wrong.append(answer)
        client.close()

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert not wrong
    eventually(lambda: both.served_by_workers() == 0)


def test_both_languages_answer_what_they_were_asked_before_the_end(both, other):
    both.api("slow", waits(1.0, "slow"))
    both.api("slower", waits(1.2, "slower"), language=other)
    both.start(1)
    first, second = both.client(), both.client()
    first.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    second.send("GET /slower HTTP/1.1\r\nHost: a\r\n\r\n")
    eventually(lambda: sum(len(line.running()) for line in both.lines().values()) == 2)
    both.stop()
    assert [first.read().body, second.read().body] == [b"slow", b"slower"]
    assert first.ended()
    assert second.ended()
