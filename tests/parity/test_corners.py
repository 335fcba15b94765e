"""What a Step may rely on, wherever it runs."""

import json
import time
import uuid

import pytest

from parity.places import Place
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def place(corners: Place) -> Place:
    return corners


def is_typescript(place: Place) -> bool:
    """Whether this is the twin: its numbers and dates are those of JavaScript."""
    return place.root.name.endswith("-ts")


def value(place: Place, group: str, key: str | None = None):
    return place.call("GET", f"/state/{group}" + (f"?key={key}" if key else "")).json()["value"]


def emit(place: Place, topic: str, data, **more):
    return place.call("POST", f"/emit/{topic}", {"data": data, **more})


def test_an_event_that_fails_twice_is_done_at_its_third_attempt(place: Place) -> None:
    key = uuid.uuid4().hex
    trace = emit(place, "work.flaky", {"id": key, "failures": 2}).json()["traceId"]
    assert eventually(lambda: value(place, "done", key), within_s=30) == {"attempts": 3, "traceId": trace}


def test_an_event_that_always_fails_has_max_retries_plus_one_attempts_then_is_kept_whole(place: Place) -> None:
    data = {"id": uuid.uuid4().hex, "text": "überall 😀", "list": [1, 2.5, None, {"deep": True}]}
    emit(place, "work.doomed", data)
    assert eventually(lambda: data in place.dead_letters("doomed / überall"), within_s=40)
    assert value(place, "attempts", data["id"]) == 2


def test_a_hundred_fifo_messages_in_five_groups_arrive_in_order_inside_each_group(place: Place) -> None:
    run = uuid.uuid4().hex[:8]
    groups = [f"{run}-{g}" for g in range(5)]
    messages = [{"group": group, "n": n} for n in range(20) for group in groups]
    assert place.call("POST", "/emit-many", {"messages": messages}).json() == {"sent": 100}
    for group in groups:
        eventually(lambda g=group: len(value(place, "order", g) or []) == 20, within_s=60)
        assert value(place, "order", group) == list(range(20))


def test_a_fifo_subscriber_needs_a_message_group(place: Place) -> None:
    refused = emit(place, "work.ordered", {"group": "none", "n": 0})
    assert refused.status == 422
    assert refused.json()["type"] == "EmitError"
    assert "work.ordered" in refused.json()["error"]
    assert "ordered" in refused.json()["error"]
    assert "messageGroupId" in refused.json()["error"]
    assert value(place, "order", "none") is None


def test_an_undeclared_topic_is_refused_by_name(place: Place) -> None:
    refused = emit(place, "work.undeclared", {})
    assert refused.status == 422
    assert "work.undeclared" in refused.json()["error"]
    assert "Emit Anything" in refused.json()["error"]


def test_a_topic_nobody_subscribes_is_accepted(place: Place) -> None:
    assert emit(place, "work.nobody", {"a": 1}).status == 202


def test_delay_seconds_are_honoured(place: Place) -> None:
    key = uuid.uuid4().hex
    emit(place, "work.delayed", {"id": key, "sent": time.time()})
    assert eventually(lambda: value(place, "delays", key), within_s=20) >= 1.9


def test_every_subscriber_gets_the_event_with_the_trace_of_the_request(place: Place) -> None:
    key = uuid.uuid4().hex
    trace = emit(place, "work.fanout", {"id": key}).json()["traceId"]
    found = eventually(lambda: len(got := value(place, f"fanout-{key}")) == 2 and got)
    assert {item["by"] for item in found} == {"one", "two"}
    assert {item["traceId"] for item in found} == {trace}


def test_a_chain_of_events_keeps_its_trace(place: Place) -> None:
    key = uuid.uuid4().hex
    trace = emit(place, "work.chain", {"id": key, "left": 3}).json()["traceId"]
    found = eventually(lambda: value(place, f"fanout-{key}"), within_s=30)
    assert found[0]["traceId"] == trace


def test_an_event_over_the_limit_of_a_queue_arrives_whole(place: Place) -> None:
    key, blob = uuid.uuid4().hex, "0123456789abcdef" * 80_000
    assert emit(place, "work.chain", {"id": key, "left": 1, "blob": blob}).status == 202
    found = eventually(lambda: len(got := value(place, f"fanout-{key}")) == 2 and got, within_s=30)
    assert found[0]["data"]["blob"] == blob


@pytest.mark.parametrize(
    ("content_type", "sent", "kind", "body"),
    [
        ("application/json", b'{"a": [1, 2]}', "dict", {"a": [1, 2]}),
        ("application/json; charset=utf-8", b"[1]", "list", [1]),
        ("application/vnd.api+json", b'{"b": 1}', "dict", {"b": 1}),
        ("application/json", b"", "dict", {}),
        (
            "application/x-www-form-urlencoded",
            b"b=2&b=3&c[d]=4&e[]=5",
            "dict",
            {"b": ["2", "3"], "c": {"d": "4"}, "e": ["5"]},
        ),
        ("text/plain", "grüße".encode(), "str", "grüße"),
        ("application/octet-stream", bytes(range(256)), "bytes", bytes(range(256)).hex()),
    ],
)
def test_a_body_is_read_by_its_content_type(place: Place, content_type: str, sent: bytes, kind: str, body) -> None:
    answer = place.call("POST", "/echo/1/x", sent, {"content-type": content_type})
    assert answer.status == 200, answer.body
    assert (answer.json()["kind"], answer.json()["body"]) == (kind, body)


def test_malformed_json_is_the_clients_error(place: Place) -> None:
    answer = place.call("POST", "/echo/1/x", b'{"a": ', {"content-type": "application/json"})
    assert answer.status == 400
    assert "JSON" in answer.json()["error"]


def test_path_and_query_and_headers_arrive_decoded(place: Place) -> None:
    answer = place.call(
        "POST", "/echo/a%20b/c/d?x=1&x=2&plus=a+b&empty=&pct=%C3%A9", {}, {"X-My-One": "1", "x-my-two": "a, b"}
    ).json()
    assert answer["pathParams"]["id"] == "a b"
    assert answer["queryParams"] == {"x": ["1", "2"], "plus": "a b", "empty": "", "pct": "é"}
    assert answer["headers"] == {"x-my-one": "1", "x-my-two": "a, b"}


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("text", 200, "text/html; charset=utf-8", b"<b>hello</b>"),
        ("bytes", 200, "image/x-test", bytes(range(256))),
        ("null", 200, "application/json; charset=utf-8", b"null"),
        ("none", 204, None, b""),
        ("static", 200, "application/json; charset=utf-8", b'{"route":"static"}'),
        ("teapot", 418, "application/json; charset=utf-8", b'{"error":"short and stout"}'),
        ("nothing", 500, "application/json; charset=utf-8", b'{"error":"Internal server error"}'),
        ("statusless", 500, "application/json; charset=utf-8", b'{"error":"Internal server error"}'),
        ("nan", 500, "application/json; charset=utf-8", b'{"error":"Internal server error"}'),
        ("raise", 500, "application/json; charset=utf-8", b'{"error":"Internal server error"}'),
        ("exit", 500, "application/json; charset=utf-8", b'{"error":"Internal server error"}'),
    ],
)
def test_what_a_handler_returns_is_what_a_client_gets(
    place: Place, kind: str, status: int, content_type: str | None, body: bytes
) -> None:
    answer = place.call("GET", f"/kinds/{kind}")
    assert (answer.status, answer.body) == (status, body)
    if content_type:
        assert answer.header("content-type") == content_type


def test_json_kinds_survive(place: Place) -> None:
    assert place.call("GET", "/kinds/list").json() == [1, 2.5, "drei", None, True]
    at = place.call("GET", "/kinds/date").json()["at"]
    assert at == ("2026-01-02T00:00:00.000Z" if is_typescript(place) else "2026-01-02T00:00:00+00:00")


def test_a_header_may_have_several_values(place: Place) -> None:
    answer = place.call("GET", "/kinds/cookies")
    cookies = answer.all("set-cookie")
    assert [part.strip() for line in cookies for part in line.split(",")] == ["a=1", "b=2"]
    assert answer.header("x-number") == "5"


def test_every_answer_allows_other_origins(place: Place) -> None:
    answer = place.call("GET", "/kinds/list", headers={"origin": "https://a.example"})
    assert answer.all("access-control-allow-origin") in (["*"], ["https://a.example"])  # browsers refuse two


def test_head_is_answered_by_get(place: Place) -> None:
    answer = place.call("HEAD", "/kinds/list")
    assert (answer.status, answer.body) == (201, b"")


def test_an_unknown_route_is_not_found(place: Place) -> None:
    assert place.call("GET", "/no/such/route").status == 404
    assert place.call("DELETE", "/wrapped").status == 404


def test_middleware_runs_around_the_handler_and_may_stop_it(place: Place) -> None:
    assert place.call("GET", "/wrapped").json() == {"seen": ["outer", "inner"], "after": ["inner", "outer"]}
    stopped = place.call("GET", "/wrapped?stop=1")
    assert (stopped.status, stopped.json()) == (403, {"stopped": True, "after": ["outer"]})


def test_state_keeps_what_it_is_given_and_refuses_what_it_cannot(place: Place) -> None:
    group = f"corners-{uuid.uuid4().hex}"
    got = place.call("POST", "/state-corners", {"group": group}).json()
    refusals = {key: got.pop(key) for key in ("empty key", "empty group", "number key", "long key", "nan")}
    assert json.loads(json.dumps(got)) == {
        "missing": None,
        "set": {"n": 1},
        "falsy": [0, "", False, None, []],
        "read falsy": [0, "", False, None, []],
        "unicode": {"ü": "😀", "big": 2**53 - 1 if is_typescript(place) else 2**60, "float": 0.1},
        "delete": [{"n": 1}, None],
        "group": ["a", "b", "c"],
        "prefix": [],
        "large": 600_000,
        "cleared": [],
    }
    assert all(text.startswith("StateError: ") for text in refusals.values()), refusals
    assert "a[1]" in refusals["nan"]


def test_a_tick_of_a_schedule_runs_once(place: Place) -> None:
    before = value(place, "cron", "runs") or 0
    scheduled = f"2027-01-01T00:{int(time.time()) % 60:02d}:00Z"
    place.fire("Tick", scheduled)
    place.fire("Tick", scheduled)
    assert value(place, "cron", "runs") == before + 1
    assert len(eventually(lambda: value(place, "fanout-cron"))) >= 1
