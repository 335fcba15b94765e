"""Which files are Steps and streams, and what is wrong with a project."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from conformance.configured import SCHEMA, errors, project, stream
from conformance.sentences import contract, sentence, sentences
from motia_project.cron import schedule
from motia_project.openapi import make_openapi
from step_sources import api, cron, event

PYDANTIC = """
    from pydantic import BaseModel

    class UserResponse(BaseModel):
        id: str
        name: str

    config = {
        "type": "api", "name": "CreateUser", "path": "/users", "method": "POST", "emits": [],
        "bodySchema": {"type": "object", "properties": {"name": {"type": "string"}}},
        "responseSchema": {201: UserResponse.model_json_schema()},
        "queryParams": [{"name": "invite", "description": "Invite code"}],
    }

    async def handler(req, context): ...
"""


@sentence("ApiRouteConfig", "a pydantic model's JSON Schema is a schema; integer status codes are taken")
def test_pydantic_schemas(tmp_path: Path) -> None:
    found = project(tmp_path, {"steps/create_user_step.py": PYDANTIC})
    assert not errors(found)
    schema = found.steps[0].config["responseSchema"]["201"]
    assert schema["properties"].keys() == {"id", "name"}


@sentence("ApiRouteConfig", "`bodySchema` and `responseSchema` are in the OpenAPI document")
def test_schemas_are_documented(tmp_path: Path) -> None:
    operation = make_openapi(project(tmp_path, {"steps/create_user_step.py": PYDANTIC}))["paths"]["/users"]["post"]
    assert "application/json" in operation["requestBody"]["content"]
    assert "201" in operation["responses"]


@sentence("Query parameters", "query parameters are documented: name and description")
def test_query_parameters_are_documented(tmp_path: Path) -> None:
    operation = make_openapi(project(tmp_path, {"steps/create_user_step.py": PYDANTIC}))["paths"]["/users"]["post"]
    documented = [parameter for parameter in operation["parameters"] if parameter["in"] == "query"]
    assert [(parameter["name"], parameter["description"]) for parameter in documented] == [("invite", "Invite code")]


@sentence("ApiRouteConfig", "`middleware` is a list of functions")
def test_middleware_is_a_list_of_functions(tmp_path: Path) -> None:
    source = """
        async def auth_middleware(req, context, next_fn):
            return await next_fn()
        config = {"type": "api", "name": "A", "path": "/a", "method": "GET", "emits": [], "middleware": [%s]}
        async def handler(req, context): ...
    """
    good = project(tmp_path / "good", {"steps/a_step.py": source % "auth_middleware"})
    assert not errors(good)
    assert good.steps[0].has_middleware
    bad = errors(project(tmp_path / "bad", {"steps/a_step.py": source % "'auth_middleware'"}))
    assert [problem.key for problem in bad] == ["middleware[0]"]


@sentences(
    "ApiRouteConfig",
    "source",
    {
        "an API Step needs a handler": api().split("\n\n\nasync def")[0],
        "the handler takes a request and a context": api().replace("(req, context)", "(req, context, third)"),
    },
)
def test_a_handler_is_checked(tmp_path: Path, source: str) -> None:
    assert [problem.key for problem in errors(project(tmp_path, {"steps/a_step.py": source}))] == ["handler"]


@sentences(
    "Discovery",
    "files",
    {
        "Step names are unique identifiers": {
            "steps/a_step.py": api(name="Same"),
            "steps/b_step.py": api(name="Same", path="/other"),
        },
        contract("two Steps may not answer the same method and path"): {
            "steps/a_step.py": api(name="A"),
            "steps/b_step.py": api(name="B"),
        },
        "stream names are unique": {
            "steps/a_step.py": api(),
            "steps/a_stream.py": 'config = {"name": "chat", "schema": {}}',
            "src/b_stream.py": 'config = {"name": "chat", "schema": {}}',
        },
        contract("a project needs at least one Step"): {"steps/notes.py": ""},
    },
)
def test_a_project_is_checked(tmp_path: Path, files: dict[str, str]) -> None:
    assert len(errors(project(tmp_path, files))) == 1


@sentence("Discovery", contract("Steps are the files *_step.py below steps/ and src/"))
def test_steps_are_found_by_name(tmp_path: Path) -> None:
    files = {
        "steps/deep/er/a_step.py": api(name="A"),
        "src/b_step.py": event(name="B"),
        "other/c_step.py": api(name="C"),
        "steps/helper.py": api(name="D"),
        "steps/.hidden/e_step.py": api(name="E"),
    }
    assert {step.name for step in project(tmp_path, files).steps} == {"A", "B"}


@sentence("Discovery", contract("a file *.step.py is not loaded, and the user is told to rename it"))
def test_dotted_python_files_are_pointed_out(tmp_path: Path) -> None:
    found = project(tmp_path, {"steps/a_step.py": api(), "steps/b.step.py": api(name="B")})
    assert [step.name for step in found.steps] == ["Hello"]
    assert [(problem.file, problem.remedy) for problem in found.problems] == [
        ("steps/b.step.py", "rename it to b_step.py")
    ]


@sentence("Discovery", contract("a file that cannot be imported is an error, with what was raised"))
def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    broken = errors(project(tmp_path, {"steps/a_step.py": api(), "steps/b_step.py": "1 / 0"}))
    assert [problem.file for problem in broken] == ["steps/b_step.py"]
    assert "ZeroDivisionError" in broken[0].what + broken[0].traceback


@sentence("Discovery", contract("Steps import each other's helpers absolutely and relatively"))
def test_imports_of_helpers(tmp_path: Path) -> None:
    files = {
        "src/lib/words.py": "TOPIC = 'news'",
        "steps/tools.py": "PATH = '/hello'",
        "steps/a_step.py": "from src.lib.words import TOPIC\nfrom .tools import PATH\n"
        + api().replace("'/hello'", "PATH").replace("'emits': []", "'emits': [TOPIC]"),
    }
    found = project(tmp_path, files)
    assert not errors(found)
    assert (found.steps[0].path, found.steps[0].emits) == ("/hello", ("news",))


@sentence("Discovery", contract("a topic without a subscriber is no error"))
def test_a_topic_without_subscriber(tmp_path: Path) -> None:
    assert not errors(project(tmp_path, {"steps/a_step.py": api(emits=["nobody.listens"])}))


@sentence("Stream configuration", "Python streams are the files *_stream.py")
def test_streams_are_found_by_name(tmp_path: Path) -> None:
    config = "config = {'name': %r, 'schema': {}, 'baseConfig': {'storageType': 'default'}}"
    files = {
        "steps/a_step.py": api(),
        "steps/chat_stream.py": config % "chat",
        "src/b_stream.py": config % "b",
        "steps/other.py": config % "other",
    }
    assert {one.name for one in project(tmp_path, files).streams} == {"chat", "b"}


@sentence("Stream configuration", "`name` is the stream's name")
def test_a_stream_has_a_name() -> None:
    made, problems = stream()
    assert made is not None, problems
    assert made.name == "chatMessages"
    assert stream(name="")[0] is None


@sentence("Stream configuration", "`schema` is a JSON Schema")
def test_a_stream_has_a_schema() -> None:
    made, _ = stream()
    assert made is not None
    assert made.schema == SCHEMA
    assert stream(schema="text")[0] is None


@sentence("Stream configuration", "`baseConfig.storageType` is always default")
def test_the_storage_is_the_default() -> None:
    made, problems = stream(baseConfig={"storageType": "custom"})
    assert made is None
    assert [problem.key for problem in problems] == ["baseConfig.storageType"]


@sentences(
    "CronConfig",
    "expression",
    {
        "a cron expression such as 0 9 * * * is taken": "0 9 * * *",
        contract("lists, ranges and steps are taken"): "*/5 8-17 1,15 * *",
        contract("names of months and weekdays are taken"): "0 9 * jan,JUL mon-fri",
        contract("7 is Sunday"): "0 9 * * 7",
        contract("six fields begin with seconds"): "0 0 9 * * *",
    },
)
def test_an_expression_is_taken(tmp_path: Path, expression: str) -> None:
    found = project(tmp_path, {"steps/a_step.py": cron(cron=expression)})
    assert not errors(found)
    assert found.steps[0].cron == expression


@sentence("CronConfig", "0 9 * * * is 9 AM every day")
def test_nine_every_day() -> None:
    first = schedule("0 9 * * *").next_after(datetime(2026, 1, 2, 9, 30, tzinfo=UTC))
    assert first == datetime(2026, 1, 3, 9, 0, tzinfo=UTC)


@sentences(
    "CronConfig",
    "expression",
    {
        contract("an expression that is none is an error"): "every morning",
        contract("a value out of range is an error"): "0 25 * * *",
        contract("too few fields are an error"): "0 9 *",
    },
)
def test_an_expression_is_refused(tmp_path: Path, expression: str) -> None:
    found = errors(project(tmp_path, {"steps/a_step.py": cron(cron=expression)}))
    assert [problem.key for problem in found] == ["cron"]
