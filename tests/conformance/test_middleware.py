"""Middleware around API Steps: apps/reference/src/lib/wrapping.py does what the query says."""

from __future__ import annotations

from typing import Any

from conformance.calling import unique, value
from conformance.sentences import contract, sentence
from parity.places import Answer, Place


def guarded(place: Place, query: str = "", body: Any = None) -> Answer:
    return place.call("POST", f"/guarded{query}", {} if body is None else body)


@sentence("ApiRouteConfig", "middleware runs before the handler, in the order of the list")
def test_the_order(place: Place) -> None:
    assert guarded(place).json()["passed"] == ["first", "second", "plain", "handler"]


@sentence("Middleware", "a middleware that returns a response without calling `next_fn` keeps the handler from running")
def test_stopping(place: Place) -> None:
    answer = guarded(place, "?stop=second")
    assert (answer.status, answer.json()) == (401, {"error": "Unauthorized", "passed": ["first", "second"]})


@sentence("Middleware", "the middleware behind one that stops do not run")
def test_stopping_at_the_first(place: Place) -> None:
    assert guarded(place, "?stop=first").json()["passed"] == ["first"]


@sentence("Middleware", "`next_fn` continues with the next middleware, and the handler at last")
def test_continuing(place: Place) -> None:
    answer = guarded(place, body={"a": 1})
    assert answer.status == 200
    assert answer.json()["body"] == {"a": 1}


@sentence("Middleware", "`next_fn` returns the response, which a middleware may change before it returns it")
def test_changing_the_response(place: Place) -> None:
    answer = guarded(place, "?after=1")
    assert answer.json()["after"] == ["second", "first"]
    assert answer.header("x-after") == "first"


@sentence("Middleware", "the request is the handler's: what a middleware attaches the handler sees")
def test_attaching_to_the_request(place: Place) -> None:
    assert guarded(place, "?attach=first").json()["user"] == {"name": "Ada"}


@sentence("Middleware", "the context is the handler's: what a middleware attaches the handler sees")
def test_attaching_to_the_context(place: Place) -> None:
    assert guarded(place, "?attach=second").json()["tenant"] == "acme"


@sentence("Middleware", "middleware has a context with state and a trace id, the handler's")
def test_the_context(place: Place) -> None:
    key = unique()
    trace = guarded(place, f"?state={key}").json()["trace"]
    assert value(place, "state.get", "middleware", f"{key}-first") == trace
    assert value(place, "state.get", "middleware", f"{key}-second") == trace


@sentence("Middleware", contract("`next_fn(request)` continues with another request"))
def test_replacing_the_request(place: Place) -> None:
    assert guarded(place, "?replace=first", {"a": 1}).json()["body"] == {"replaced": True}


@sentence("Middleware", contract("a middleware that raises is answered with 500, and tells nothing"))
def test_raising(place: Place) -> None:
    answer = guarded(place, "?raise=second")
    assert (answer.status, answer.json()) == (500, {"error": "Internal server error"})


@sentence("Middleware", "a middleware may catch what the handler raises")
def test_catching(place: Place) -> None:
    answer = guarded(place, "?catch=first&raise=handler")
    assert (answer.status, answer.json()) == (503, {"caught": "the handler failed"})


@sentence("Middleware", contract("a middleware that returns nothing is a failure, answered with 500"))
def test_returning_nothing(place: Place) -> None:
    assert guarded(place, "?nothing=first").status == 500


@sentence("Middleware", contract("a middleware may be a plain function"))
def test_a_plain_function(place: Place) -> None:
    assert "plain" in guarded(place).json()["passed"]
