"""Requests and answers at the edge of the server; what handlers see and return is specified with the runtime."""

import http.client
import json
import socket
import time

import pytest

ECHO = "return {'status': 200, 'body': {'params': req['pathParams'], 'body': req['body'], 'query': req['queryParams']}}"


def raw(port: int, data: bytes, wait_s: float = 5.0) -> bytes:
    """What the server sends back until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_a_static_route_beats_a_parameter(site):
    site.api("one", "GET", "/things/:id", "return {'status': 200, 'body': 'parameter'}")
    site.api("two", "GET", "/things/special", "return {'status': 200, 'body': 'static'}")
    site.start()
    assert site.call("GET", "/things/special").body == b"static"
    assert site.call("GET", "/things/other").body == b"parameter"


@pytest.mark.parametrize("path", ["/nothing", "/things", "/things/1/2", "//things/1", "/things/..", "/things/1/../2"])
def test_a_path_that_is_no_route_is_not_found(site, path):
    site.api("one", "GET", "/things/one/only", "return {'status': 200}")
    site.start()
    answer = site.call("GET", path)
    assert (answer.status, answer.json()) == (404, {"message": "Not Found"})


def test_another_method_is_not_found(site):
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    assert site.call("DELETE", "/one").status == 404


def test_encoded_slashes_and_dots_are_text_of_a_parameter(site):
    site.api("one", "GET", "/files/:name", ECHO)
    site.start()
    assert site.call("GET", "/files/a%2Fb").json()["params"] == {"name": "a/b"}
    assert site.call("GET", "/files/%2e%2e").json()["params"] == {"name": ".."}


def test_get_answers_head_without_a_body(site):
    site.api("one", "GET", "/one", "return {'status': 200, 'body': {'n': 1}}")
    site.start()
    answer = site.call("HEAD", "/one")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "7")


def test_a_preflight_is_answered_for_every_route_and_a_step_may_answer_it_itself(site):
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.api("own", "OPTIONS", "/own", "return {'status': 200, 'body': 'mine'}")
    site.start()
    answer = site.call("OPTIONS", "/one", headers={"origin": "https://a.example"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert site.call("OPTIONS", "/own").body == b"mine"


def test_a_body_over_the_limit_is_refused(site):
    site.api("one", "POST", "/one", ECHO)
    site.options["max_body_bytes"] = 1000
    site.start()
    assert site.call("POST", "/one", {"x": "y" * 900}).status == 200
    answer = site.call("POST", "/one", {"x": "y" * 1000})
    assert (answer.status, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_a_chunked_body_over_the_limit_is_refused(site):
    site.api("one", "POST", "/one", ECHO)
    site.options["max_body_bytes"] = 1000
    site.start()
    connection = http.client.HTTPConnection("127.0.0.1", site.live.server.port, timeout=10)
    connection.request("POST", "/one", body=iter([b"x" * 400] * 5), headers={"content-type": "text/plain"})
    assert connection.getresponse().status == 413
    connection.close()


def test_six_megabytes_go_through(site):
    site.api("one", "POST", "/one", "return {'status': 200, 'body': str(len(req['rawBody']))}")
    site.start()
    assert site.call("POST", "/one", b"x" * 6_000_000, {"content-type": "text/plain"}).body == b"6000000"


def test_endless_headers_are_refused(site):
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    answer = raw(site.live.server.port, b"GET /one HTTP/1.1\r\nhost: localhost\r\n" + b"x-a: " + b"y" * 400_000)
    assert answer.startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\x00\xff" * 100 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request(site, data):
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    assert raw(site.live.server.port, data).startswith(b"HTTP/1.1 400")
    assert site.call("GET", "/one").status == 200


def test_a_client_that_does_not_finish_its_headers_is_dropped(site, monkeypatch):
    monkeypatch.setattr("motia_local.server.protocol.HEADER_S", 0.3)
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    began = time.monotonic()
    assert raw(site.live.server.port, b"GET /one HTTP/1.1\r\nhost:").startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 4


def test_a_client_that_does_not_finish_its_body_is_dropped(site, monkeypatch):
    monkeypatch.setattr("motia_local.server.body.IDLE_S", 0.3)
    site.api("one", "POST", "/one", ECHO)
    site.start()
    request = b"POST /one HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 10\r\n\r\nabc"
    assert raw(site.live.server.port, request).startswith(b"HTTP/1.1 408")


def test_several_requests_on_one_connection_are_answered_in_order(site):
    site.api("one", "GET", "/n/:n", "return {'status': 200, 'body': req['pathParams']['n']}")
    site.start()
    requests = [b"GET /n/%d HTTP/1.1\r\nhost: localhost\r\n\r\n" % n for n in range(5)]
    requests.append(b"GET /n/5 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    received = raw(site.live.server.port, b"".join(requests))
    assert [part[-1:] for part in received.split(b"HTTP/1.1 200")[1:]] == [b"%d" % n for n in range(6)]


def test_the_port_that_is_taken_is_an_error_and_the_next_is_used_when_asked(site):
    from motia.errors import ProjectError
    from motia_local.server import ServerOptions, start_local

    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    port = site.live.server.port
    with pytest.raises(ProjectError, match="is in use"):
        start_local(site.root, ServerOptions(port=port, memory=True))
    with start_local(site.root, ServerOptions(port=port, port_tries=10, memory=True, workers=1)) as other:
        assert port < other.server.port <= port + 9


def test_the_server_listens_on_this_machine_only(site):
    site.start()
    assert site.live.server._http is not None
    assert [s.getsockname()[0] for s in site.live.server._http.servers[0].sockets] == ["127.0.0.1"]


def test_a_trace_and_its_logs_are_kept(site):
    site.api(
        "one",
        "GET",
        "/one",
        """
        context.logger.info('hello', {'n': 1})
        await context.state.set('g', 'k', 1)
        return {'status': 200, 'body': context.trace_id}
        """,
    )
    site.api("two", "GET", "/two", "error = ValueError('no'); error.code = 7; raise error")
    site.start()
    trace_id = site.call("GET", "/one").body.decode()
    records = site.live.engine.records
    (log,) = site.live.run(records.logs(trace_id=trace_id)).records
    assert (log["step"], log["level"], log["msg"], log["n"]) == ("one", "info", "hello", 1)
    (trace,) = site.live.run(records.traces(trace_id))
    assert (trace["name"], trace["status"], trace["entryPoint"]) == (
        "one",
        "completed",
        {"type": "api", "stepName": "one"},
    )
    assert [event["type"] for event in trace["events"]] == ["log", "state"]
    assert site.call("GET", "/two").json() == {"error": "Internal server error"}
    failed = next(group for group in site.live.run(records.trace_groups()) if group["name"] == "two")
    (trace,) = site.live.run(records.traces(failed["id"]))
    error = trace["error"]
    assert (trace["status"], error["message"], error["name"], error["code"]) == ("failed", "no", "ValueError", 7)
    assert "two_step.py" in error["stack"]


def test_json_arrives_as_sent(site):
    site.api("one", "POST", "/one", ECHO)
    site.start()
    data = {"text": "überall 😀", "list": [1, 2.5, None, {"deep": True}]}
    assert site.call("POST", "/one?x=1&x=2", data).json() == {"params": {}, "body": data, "query": {"x": ["1", "2"]}}
    assert json.loads(site.call("POST", "/one", b"[1, 2]").body)["body"] == [1, 2]
