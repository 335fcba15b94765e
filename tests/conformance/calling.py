"""What the tests of a place ask it for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from parity.places import Answer, Place
from waiting import eventually


@dataclass(frozen=True)
class Made:
    """What calls gave, in order, and the trace id of the Step that made them."""

    results: list[dict[str, Any]]
    trace: str

    @property
    def values(self) -> list[Any]:
        """What they returned; a call that raised fails the test."""
        assert all("error" not in result for result in self.results), self.results
        return [result["value"] for result in self.results]

    @property
    def errors(self) -> list[str]:
        """`Type: text` of what they raised; a call that did not raise fails the test."""
        assert all("error" in result for result in self.results), self.results
        return [f"{result['error']}: {result['text']}" for result in self.results]


def special(name: str) -> dict[str, str]:
    """What JSON cannot carry; the Steps make it from this (apps/reference/src/lib/calls.py)."""
    return {"$": name}


def calls(place: Place, *made: Any, path: str = "/calls") -> Made:
    """Calls made by an API Step, each a name and its arguments: ("state.get", "group", "key")."""
    answer = place.call("POST", path, {"calls": made})
    assert answer.status == 200, answer.body
    return Made(answer.json()["results"], answer.json()["trace"])


def value(place: Place, *made: Any) -> Any:
    """What a single call returns."""
    return calls(place, made).values[0]


def stored(place: Place, group: str, key: str, within_s: float = 30) -> Any:
    """A value of the state as soon as it is there."""
    return eventually(lambda: value(place, "state.get", group, key), within_s=within_s)


def emit(place: Place, topic: str, data: Any, **more: Any) -> Made:
    """Emit an event from an API Step."""
    made = calls(place, ("emit", {"topic": topic, "data": data, **more}))
    assert made.values == [None]
    return made


def calls_of_event(place: Place, *made: Any) -> tuple[Made, Made]:
    """Calls made by an event Step: (the emitting API Step, the event Step)."""
    key = unique()
    emitted = emit(place, "run", {"calls": made, "key": key})
    ran = stored(place, "ran", key)
    return emitted, Made(ran["results"], ran["trace"])


def answer(place: Place, returned: Any) -> Answer:
    """The HTTP answer of a handler that returns this."""
    return place.call("POST", "/answer", {"return": returned})


def unique() -> str:
    return uuid.uuid4().hex[:12]
