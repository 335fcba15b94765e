"""Events and schedules: what a handler is called with, and what becomes of its failures."""

from typing import Any

import pytest

from motia.backend import Subscriber
from motia.errors import EmitError, HandlerExit, StepError
from running import App


@pytest.mark.parametrize("data", [{"a": 1}, [1], "text", 0, None])
def test_an_event_step_gets_the_data_as_it_was_emitted(app: App, data: Any) -> None:
    app.event("async def handler(data, context): await context.state.set('g', 'k', [data])", data)
    assert app.backend.state.groups["g"]["k"] == [data]


@pytest.mark.parametrize(
    "handler",
    [
        "async def handler(input_data, context): await context.state.set('g', 'k', input_data)",
        "def handler(input, context): context.state.set('g', 'k', input)",
        "async def handler(context): await context.state.set('g', 'k', 1)",
        "async def handler(ctx): await ctx.state.set('g', 'k', 1)",
    ],
)
def test_an_event_handler_takes_data_and_context_or_one_of_them(app: App, handler: str) -> None:
    app.event(handler, 1)
    assert app.backend.state.groups == {"g": {"k": 1}}


def test_an_event_handler_may_take_the_data_alone(app: App) -> None:
    app.event("SEEN = []\ndef handler(order): assert order == {'id': 1}", {"id": 1})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise ValueError('no')", ValueError),
        ("raise SystemExit(2)", HandlerExit),
        ("await context.emit({'topic': 'undeclared'})", EmitError),
    ],
)
def test_a_failure_is_raised_and_not_logged(app: App, body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        app.event(f"async def handler(data, context):\n    {body}")
    assert app.backend.logs.records == []


def test_an_event_emits_further_with_its_trace(app: App) -> None:
    app.topics = {"next": (Subscriber("Next", "next"),)}
    app.event("async def handler(d, context): await context.emit({'topic': 'next', 'data': d})", 5, emits=("next",))
    assert [(message.data, message.trace_id) for message in app.backend.events.messages] == [(5, "TRACE-0000001")]


def test_a_publisher_that_fails_is_the_handlers_failure(app: App) -> None:
    app.topics = {"next": (Subscriber("Next", "next"),)}
    app.backend.events.fail = ConnectionError("queue away")
    with pytest.raises(ConnectionError):
        app.event("async def handler(d, context): await context.emit({'topic': 'next'})", emits=("next",))


@pytest.mark.parametrize(
    "handler",
    [
        "async def handler(context): await context.state.set('g', 'k', 1)",
        "def handler(context): context.state.set('g', 'k', 1)",
        "async def handler(event, context): await context.state.set('g', 'k', 1 + len(event))",
        "async def handler(_, ctx): await ctx.state.set('g', 'k', 1)",
        "def handler(context, retries=3): context.state.set('g', 'k', retries - 2)",
        "def handler(*given): given[0].state.set('g', 'k', len(given))",
        "def handler(job, *given): job.state.set('g', 'k', 1 + len(given))",
        "def handler(event=None, context=None): context.state.set('g', 'k', 1 + len(event))",
        "from functools import partial\ndef run(a, ctx, x=1): ctx.state.set('g', 'k', x)\nhandler = partial(run, 'a')",
    ],
)
def test_a_cron_handler_takes_the_context(app: App, handler: str) -> None:
    app.cron(handler)
    assert app.backend.state.groups == {"g": {"k": 1}}


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_generator_is_a_failure_of_its_handler(app: App, kind: str) -> None:
    """Nothing of it has run: an event that counted as handled would be lost."""
    source = f"{kind} work(context): yield context.state.set('g', 'k', 1)\n"
    with pytest.raises(StepError, match=r"returned a generator, of which nothing has run; in steps/hello_step\.py"):
        app.event(source + "handler = lambda data, context: work(context)\n")
    with pytest.raises(StepError, match="returned a generator"):
        app.cron(source + "handler = lambda context: work(context)\n# longer\n")


def test_a_cron_handler_may_take_nothing(app: App) -> None:
    with pytest.raises(ZeroDivisionError):
        app.cron("def handler(): 1 / 0")
