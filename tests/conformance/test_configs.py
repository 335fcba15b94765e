"""What a configuration of each type must and may have."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.configured import LEFT_OUT, REQUIRED, SCHEMA, accepted, read, refused
from conformance.sentences import contract, sentence, sentences

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")


def _required(kind: str) -> dict[str, Any]:
    return {f"`{key}` is required": key for key in REQUIRED[kind] if key != "input"}


def _leave_out(kind: str, key: str) -> None:
    assert refused(kind, **{key: LEFT_OUT}).key == key
    assert accepted(kind) is not None


def _optional(kind: str, key: str, value: Any, wrong: Any) -> None:
    """The key may be there or not, and what it holds is checked."""
    accepted(kind, **{key: LEFT_OUT})
    assert accepted(kind, **{key: value}).config[key] == value
    step, problems = read(kind, {key: wrong})
    assert step is None
    assert all(problem.key and problem.key.startswith(key) for problem in problems)


@sentences("ApiRouteConfig", "key", _required("api"))
def test_an_api_step_needs(key: str) -> None:
    _leave_out("api", key)


@sentences("ApiRouteConfig", "method", {f"`method` may be {method}": method for method in METHODS})
def test_an_api_step_may_answer(method: str) -> None:
    assert accepted("api", method=method).method == method


@sentences(
    "ApiRouteConfig",
    "method",
    {
        "`method` may be nothing else": "TRACE",
        contract("`method` is in upper case"): "get",
    },
)
def test_an_api_step_may_not_answer(method: str) -> None:
    assert refused("api", method=method).key == "method"


@sentences(
    "ApiRouteConfig",
    "key, value, wrong",
    {
        "`description` is optional text": ("description", "Creates a new user", 5),
        "`flows` is optional, a list of names": ("flows", ["user-management"], "user-management"),
        "`bodySchema` is optional, a JSON Schema of an object": ("bodySchema", SCHEMA, {"type": "objekt"}),
        "`bodySchema` can be an array": ("bodySchema", {"type": "array", "items": SCHEMA}, "array"),
        "`responseSchema` is optional, a map of status codes to schemas": ("responseSchema", {"201": SCHEMA}, [SCHEMA]),
        "the keys of `responseSchema` are status codes": ("responseSchema", {"404": SCHEMA}, {"created": SCHEMA}),
        "`queryParams` is optional, a list of names and descriptions": (
            "queryParams",
            [{"name": "invite", "description": "Invite code"}],
            ["invite"],
        ),
        "`virtualEmits` is optional, a list of topics": ("virtualEmits", ["notification.sent"], "notification.sent"),
        "`virtualSubscribes` is optional, a list of topics": ("virtualSubscribes", ["user.invited"], "user.invited"),
        "`includeFiles` is optional, a list of patterns": ("includeFiles", ["../../assets/t.html"], "t.html"),
    },
)
def test_an_api_step_may_have(key: str, value: Any, wrong: Any) -> None:
    _optional("api", key, value, wrong)


@sentence("ApiRouteConfig", "`emits` may be an empty list")
def test_emits_may_be_empty() -> None:
    assert accepted("api", emits=[]).emits == ()


@sentence("ApiRouteConfig", "virtual topics are not emitted or subscribed")
def test_virtual_topics_are_not_real() -> None:
    step = accepted("api", emits=["real"], virtualEmits=["drawn"], virtualSubscribes=["drawn.too"])
    assert (step.emits, step.subscribes) == (("real",), ())


@sentences(
    "ApiRouteConfig",
    "changes",
    {
        contract("an unknown key is an error"): {"colour": "red"},
        contract("`infrastructure` belongs to event Steps alone"): {"infrastructure": {"handler": {"ram": 128}}},
    },
)
def test_an_api_step_may_not_have(changes: dict[str, Any]) -> None:
    assert refused("api", **changes).key == next(iter(changes))


@sentence("ApiRouteConfig", contract("`bodySchema` may be null"))
def test_the_body_schema_may_be_null() -> None:
    accepted("api", bodySchema=None)


@sentence("ApiRouteConfig", contract("an unknown `type` is an error that says so"))
def test_the_type_is_one_of_four() -> None:
    problem = refused("api", type="webhook")
    assert problem.key == "type"
    assert "invalid Step type" in problem.what


@sentences("EventConfig", "key", _required("event"))
def test_an_event_step_needs(key: str) -> None:
    _leave_out("event", key)


@sentences(
    "EventConfig",
    "key, value, wrong",
    {
        "`input` is a JSON Schema": ("input", SCHEMA, {"type": "objekt"}),
        "`description` is optional text": ("description", "Processes new orders", 5),
        "`flows` is optional, a list of names": ("flows", ["orders"], "orders"),
        "`virtualEmits` is optional, a list of topics": ("virtualEmits", ["payment.initiated"], 5),
        "`virtualSubscribes` is optional, a list of topics": ("virtualSubscribes", ["order.cancelled"], 5),
        "`includeFiles` is optional, a list of patterns": ("includeFiles", ["./templates/*.html"], 5),
        "`infrastructure` is optional": ("infrastructure", {"handler": {"ram": 2048, "timeout": 60}}, "large"),
    },
)
def test_an_event_step_may_have(key: str, value: Any, wrong: Any) -> None:
    _optional("event", key, value, wrong)


@sentence("EventConfig", "`subscribes` lists the topics to listen to")
def test_subscribes_lists_topics() -> None:
    assert accepted("event", subscribes=["a", "b"]).subscribes == ("a", "b")
    assert refused("event", subscribes="a").key == "subscribes"


@sentences(
    "EventConfig",
    "changes",
    {
        contract("an unknown key is an error"): {"colour": "red"},
        contract("`middleware` belongs to API Steps alone"): {"middleware": ["auth"]},
        contract("`bodySchema` belongs to API Steps alone"): {"bodySchema": SCHEMA},
    },
)
def test_an_event_step_may_not_have(changes: dict[str, Any]) -> None:
    assert refused("event", **changes).key == next(iter(changes))


@sentence("EventConfig", contract("`input` may be null"))
def test_the_input_may_be_null() -> None:
    accepted("event", input=None)


@sentences("CronConfig", "key", _required("cron"))
def test_a_cron_step_needs(key: str) -> None:
    _leave_out("cron", key)


@sentences(
    "CronConfig",
    "key, value, wrong",
    {
        "`description` is optional text": ("description", "Generates daily reports", 5),
        "`flows` is optional, a list of names": ("flows", ["reporting"], "reporting"),
        "`virtualEmits` is optional, a list of topics": ("virtualEmits", ["email.sent"], 5),
        "`virtualSubscribes` is optional, a list of topics": ("virtualSubscribes", ["report.requested"], 5),
        "`includeFiles` is optional, a list of patterns": ("includeFiles", ["./templates/report.html"], 5),
    },
)
def test_a_cron_step_may_have(key: str, value: Any, wrong: Any) -> None:
    _optional("cron", key, value, wrong)


@sentence("CronConfig", contract("`infrastructure` belongs to event Steps alone"))
def test_a_cron_step_has_no_infrastructure() -> None:
    assert refused("cron", infrastructure={"handler": {"ram": 128}}).key == "infrastructure"


@sentences("NoopConfig", "key", _required("noop"))
def test_a_noop_step_needs(key: str) -> None:
    _leave_out("noop", key)


@sentences(
    "NoopConfig",
    "key, value, wrong",
    {
        "`description` is optional text": ("description", "Manager approval gate", 5),
        "`flows` is optional, a list of names": ("flows", ["approvals"], "approvals"),
    },
)
def test_a_noop_step_may_have(key: str, value: Any, wrong: Any) -> None:
    _optional("noop", key, value, wrong)


@sentence("NoopConfig", "no handler is needed")
def test_a_noop_step_needs_no_handler() -> None:
    step = accepted("noop")
    assert (step.type, step.emits, step.subscribes) == ("noop", (), ())


@sentence("NoopConfig", contract("a noop Step has no `emits`"))
def test_a_noop_step_emits_nothing() -> None:
    assert refused("noop", emits=["approved"]).key == "emits"


@sentence("Emit types", "`emits` may be topics as strings")
def test_emits_are_strings() -> None:
    assert accepted("api", emits=["user.created", "email.sent"]).emits == ("user.created", "email.sent")


@sentence("Emit types", "`emits` may be objects with a topic and a label")
def test_emits_are_objects_with_labels() -> None:
    assert accepted("api", emits=[{"topic": "order.approved", "label": "Auto-approved"}]).emits == ("order.approved",)


@sentence("Emit types", "an object may be marked as conditional")
def test_emits_may_be_conditional() -> None:
    emits = [{"topic": "order.rejected", "label": "Requires review", "conditional": True}, "order.kept"]
    assert accepted("api", emits=emits).emits == ("order.rejected", "order.kept")


@sentences(
    "Emit types",
    "entry",
    {
        contract("an object without a topic is an error"): {"label": "Auto-approved"},
        contract("an object with another key is an error"): {"topic": "a", "colour": "red"},
    },
)
def test_emits_are_nothing_else(entry: dict[str, Any]) -> None:
    step, problems = read("api", {"emits": [entry]})
    assert step is None
    assert problems[0].key is not None
    assert problems[0].key.startswith("emits[0]")


@sentence("Query parameters", contract("a query parameter has a name"))
def test_a_query_parameter_has_a_name() -> None:
    assert refused("api", queryParams=[{"description": "Page number"}]).key == "queryParams[0].name"


@sentence("Query parameters", contract("the description of a query parameter is optional"))
def test_a_query_parameter_may_have_no_description() -> None:
    accepted("api", queryParams=[{"name": "page"}])


@pytest.mark.parametrize("kind", REQUIRED)
@sentence("Discovery", "the configurations that the reference requires are enough")
def test_the_required_keys_are_enough(kind: str) -> None:
    accepted(kind)
