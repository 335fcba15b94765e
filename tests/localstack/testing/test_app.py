"""A project in memory: requests, state, streams, what is wrong with it."""

import asyncio
import logging
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia.testing import MotiaTest, motia_test
from motia_project.model import InvalidProject
from testing_projects import api, event, project

ECHO = 'return {"status": 200, "body": dict(req), "headers": {"x-trace": context.trace_id}}'
STREAM = 'config = {"name": "chat", "schema": {"type": "object"}, "baseConfig": {"storageType": "default"}}'


def test_a_step_is_called_by_name_or_by_method_and_path(tmp_path: Path) -> None:
    with motia_test(project(tmp_path, "steps/e_step.py", api("Echo me", "/echo/:id", ECHO, method="POST"))) as app:
        by_name = app.call("Echo me", path_params={"id": "a/b"}, body={"x": 1}, query={"q": ["1", "2"]})
        assert by_name.status == 200
        assert by_name.body["pathParams"] == {"id": "a/b"}
        assert by_name.body["queryParams"] == {"q": ["1", "2"]}
        assert by_name.headers["X-Trace"] == by_name.trace_id
        for answer in (app.call("POST", "/echo/7", body={"x": 1}), app.call("POST /echo/7", body={"x": 1})):
            assert answer.body["pathParams"] == {"id": "7"}
            assert answer.body["body"] == {"x": 1}
        assert app.call("POST", "/echo/:id", path_params={"id": 8}).body["pathParams"] == {"id": "8"}


def test_what_no_step_answers_is_answered_as_everywhere(tmp_path: Path) -> None:
    with motia_test(project(tmp_path, "steps/e_step.py", api("Echo", "/echo", ECHO))) as app:
        assert app.call("GET", "/none").body == {"message": "Not Found"}
        assert app.call("POST", "/echo").status == 404
        assert app.call("OPTIONS", "/echo").status == 204
        head = app.call("HEAD", "/echo")
        assert (head.status, head.content) == (200, b"")
        malformed = app.call("GET", "/echo", body=b"{", headers={"content-type": "application/json"})
        assert (malformed.status, malformed.body["error"]) == (400, "Malformed JSON body")


def test_a_name_that_is_wrong_is_answered_with_those_there_are(tmp_path: Path) -> None:
    root = project(tmp_path, "steps/e_step.py", api("Echo", "/echo", ECHO))
    with motia_test(root) as app, pytest.raises(ProjectError, match=r"no Step 'Ecko'; allowed: Echo"):
        app.call("Ecko")


def test_a_handler_that_raises_is_a_500_with_a_reason(tmp_path: Path) -> None:
    with motia_test(project(tmp_path, "steps/e_step.py", api("Bad", "/", "return 1 / 0"))) as app:
        answer = app.call("Bad")
        assert (answer.status, answer.body) == (500, {"error": "Internal server error"})
        assert answer.error is not None
        assert "e_step.py" in answer.error["stack"]


def test_state_and_streams_can_be_written_and_read(tmp_path: Path) -> None:
    body = """
    await context.streams.chat.set("room", "2", {"text": (await context.state.get("g", "k"))})
    await context.streams.chat.send({"groupId": "room"}, {"type": "typing", "data": 1})
    return {"status": 200, "body": await context.streams.chat.get_group("room")}
    """
    source = api("Say", "/say", body.replace("\n    ", "\n"))
    with motia_test(project(tmp_path, "steps/s_step.py", source, "steps/chat_stream.py", STREAM)) as app:
        app.state.set("g", "k", "hello")
        app.streams.chat.set("room", "1", {"text": "first"})
        assert [item["text"] for item in app.call("Say").body] == ["first", "hello"]
        assert app.streams["chat"].get("room", "2")["text"] == "hello"
        assert [push["event"]["type"] for push in app.pushed] == ["create", "create", "event"]
        assert app.state.get_group("g") == ["hello"]


def test_asynchronous_tests_have_the_same(tmp_path: Path) -> None:
    seen = 'await context.state.set("seen", "all", data)'
    root = project(tmp_path, "steps/e_step.py", event("A", seen))

    async def check() -> None:
        async with MotiaTest(root, now="2026-01-01T00:00:00Z") as app:
            await app.emit("work", {"n": 1})
            await app.wait_idle()
            assert await app.state.get("seen", "all") == {"n": 1}
            assert await app.dead_letters("A") == []
            assert await app.advance(days=1) == []

    asyncio.run(check())


def test_a_plain_app_is_refused_inside_a_loop(tmp_path: Path) -> None:
    async def check() -> None:
        with motia_test(tmp_path):
            pass

    with pytest.raises(ProjectError, match="use `async with MotiaTest"):
        asyncio.run(check())


def test_everything_wrong_with_a_project_is_said(tmp_path: Path) -> None:
    root = project(
        tmp_path, "steps/a_step.py", api("A", "/a", ECHO, method="post"), "steps/b_step.py", "import nothing_like_it"
    )
    with pytest.raises(InvalidProject) as caught, motia_test(root):
        pass
    [note] = caught.value.__notes__
    assert "steps/a_step.py" in note
    assert "nothing_like_it" in note


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is no folder"), motia_test(tmp_path / "none"):
        pass


def test_sync_steps_run_as_well(tmp_path: Path) -> None:
    source = api("A", "/a", 'return {"status": 200, "body": 1}').replace("async def", "def")
    with motia_test(project(tmp_path, "steps/a_step.py", source)) as app:
        assert app.call("A").body == 1


def test_logs_show_in_pytest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    body = 'context.logger.warn("odd", {"n": 1})\nreturn {"status": 204}'
    with caplog.at_level(logging.INFO), motia_test(project(tmp_path, "steps/a_step.py", api("A", "/a", body))) as app:
        app.call("A")
        assert [(log["level"], log["msg"], log["n"]) for log in app.logs] == [("warn", "odd", 1)]
    assert "A: odd" in caplog.text
