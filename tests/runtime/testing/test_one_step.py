"""One Step file, run in memory."""

import asyncio
from pathlib import Path

import pytest

from motia.errors import ProjectError, StepLoadError
from motia.testing import one_step

API = """
async def say_who(req, context, next_fn):
    req["who"] = req["headers"].get("x-who", "nobody")
    return await next_fn()

config = {"type": "api", "name": "Greet", "path": "/greet/:word", "method": "POST", "emits": ["greeted"],
          "middleware": [say_who]}

async def handler(req, context):
    if req["pathParams"]["word"] == "bad":
        raise ValueError("no bad words")
    await context.emit({"topic": "greeted", "data": req["who"]})
    await context.streams.greetings.set("all", req["who"], {"word": req["pathParams"]["word"]})
    return {"status": 200, "body": {"text": req["pathParams"]["word"] + " " + req["who"], "query": req["queryParams"]}}
"""
EVENT = """
config = {"type": "event", "name": "Count", "subscribes": ["greeted"], "emits": []}

async def handler(data, context):
    if data is None:
        raise ValueError("nothing to count")
    await context.state.set("counts", data, (await context.state.get("counts", data) or 0) + 1)
"""
CRON = """
config = {"type": "cron", "name": "Tick", "cron": "* * * * *", "emits": []}

def handler(context):
    context.logger.info("tick")
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(source: str, name: str = "steps/x_step.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return path

    return write


def test_an_api_step_answers_with_its_middleware(write) -> None:
    step = one_step(write(API))
    response = asyncio.run(step.call(path_params={"word": "good day"}, headers={"x-who": "Ada"}, query={"a": 1}))
    assert response.status == 200
    assert response.body == {"text": "good day Ada", "query": {"a": "1"}}
    assert [(event.topic, event.data) for event in step.emitted] == [("greeted", "Ada")]
    assert asyncio.run(step.streams.greetings.get("all", "Ada"))["word"] == "good day"


def test_a_handler_that_raises_gives_a_500_that_says_why(write) -> None:
    response = asyncio.run(one_step(write(API)).call(path_params={"word": "bad"}))
    assert response.status == 500
    assert response.json() == {"error": "Internal server error"}
    assert response.error is not None
    assert response.error["message"] == "no bad words"
    assert "no bad words" in repr(response)


def test_an_event_step_remembers_between_events(write) -> None:
    step = one_step(write(EVENT))
    asyncio.run(step.handle("Ada"))
    asyncio.run(step.handle("Ada"))
    assert asyncio.run(step.state.get("counts", "Ada")) == 2


def test_a_failing_event_raises(write) -> None:
    with pytest.raises(ValueError, match="nothing to count"):
        asyncio.run(one_step(write(EVENT)).handle())


def test_a_cron_step_runs(write) -> None:
    step = one_step(write(CRON))
    asyncio.run(step.run())
    assert [log["msg"] for log in step.logs] == ["tick"]


def test_the_project_is_found_by_its_folder_of_steps(write, tmp_path: Path) -> None:
    write("WORDS = ['hi']", "src/words.py")
    path = write("from src.words import WORDS\n" + CRON, "src/deep/er/x_step.py")
    assert one_step(path).descriptor.file == "src/deep/er/x_step.py"
    assert one_step("src/deep/er/x_step.py", root=tmp_path).descriptor.name == "Tick"


def test_a_step_is_used_as_what_it_is(write) -> None:
    with pytest.raises(ProjectError, match=r"type 'event'.*use handle"):
        asyncio.run(one_step(write(EVENT)).call())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("config = []", "`config` is a list"),
        ("x = 1", "`config` is None"),
        ("config = {'name': 'x'}", "cannot be used"),
        ("config = {'name': 'x', 'type': 'cron'}", "has no handler"),
        ("import nothing_like_it", "nothing_like_it"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(write, source: str, message: str) -> None:
    with pytest.raises((ProjectError, StepLoadError), match=message):
        one_step(write(source))


def test_a_file_outside_of_steps_needs_a_root(write) -> None:
    with pytest.raises(ProjectError, match="no folder steps/ or src/"):
        one_step(write(CRON, "other/x_step.py"))
