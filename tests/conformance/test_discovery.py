"""Which files are Steps and streams, and what is wrong with a project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from conformance.configured import SCHEMA, errors, project, stream
from conformance.sentences import contract, only, sentence, sentences
from conformance.written import Written
from motia_project.cron import schedule
from motia_project.model import Project
from motia_project.openapi import make_openapi
from step_sources import api

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
ZOD = """
    import type { ApiRouteConfig } from 'motia'
    import { z } from '%s'

    export const config: ApiRouteConfig = {
      type: 'api', name: 'CreateUser', path: '/users', method: 'POST', emits: [],
      bodySchema: z.object({ name: z.string() }),
      responseSchema: { 201: z.object({ id: z.string(), name: z.string() }) },
      queryParams: [{ name: 'invite', description: 'Invite code' }],
    }

    export const handler = async () => ({ status: 201, body: { id: '1', name: 'Ada' } })
"""


def create_user(root: Path, language: str) -> Project:
    """A Step with schemas."""
    if language == "python":
        return project(root, {"steps/create_user_step.py": PYDANTIC})
    return project(root, {"steps/create-user.step.ts": ZOD % "zod"})


@sentence(
    "ApiRouteConfig",
    only(
        "python",
        "a pydantic model's JSON Schema is a schema; integer status codes are taken",
        because="Models of pydantic are Python's.",
    ),
)
def test_pydantic_schemas(tmp_path: Path) -> None:
    found = project(tmp_path, {"steps/create_user_step.py": PYDANTIC})
    assert not errors(found)
    schema = found.steps[0].config["responseSchema"]["201"]
    assert schema["properties"].keys() == {"id", "name"}


@sentences(
    "ApiRouteConfig",
    "package",
    {
        only("typescript", text, because="Schemas of zod are TypeScript's."): package
        for text, package in {
            "`bodySchema` and `responseSchema` may be schemas of zod": "zod",
            contract("schemas of zod 3 are taken as well"): "zod3",
        }.items()
    },
)
def test_zod_schemas(tmp_path: Path, package: str) -> None:
    found = project(tmp_path, {"steps/create-user.step.ts": ZOD % package})
    assert not errors(found)
    config = found.steps[0].config
    assert config["bodySchema"]["properties"] == {"name": {"type": "string"}}
    assert config["responseSchema"]["201"]["required"] == ["id", "name"]


@sentence("ApiRouteConfig", "`bodySchema` and `responseSchema` are in the OpenAPI document")
def test_schemas_are_documented(tmp_path: Path, language: str) -> None:
    operation = make_openapi(create_user(tmp_path, language))["paths"]["/users"]["post"]
    assert "application/json" in operation["requestBody"]["content"]
    assert "201" in operation["responses"]


@sentence("Query parameters", "query parameters are documented: name and description")
def test_query_parameters_are_documented(tmp_path: Path, language: str) -> None:
    operation = make_openapi(create_user(tmp_path, language))["paths"]["/users"]["post"]
    documented = [parameter for parameter in operation["parameters"] if parameter["in"] == "query"]
    assert [(parameter["name"], parameter["description"]) for parameter in documented] == [("invite", "Invite code")]


@sentence("ApiRouteConfig", "`middleware` is a list of functions")
def test_middleware_is_a_list_of_functions(tmp_path: Path, language: str) -> None:
    python = """
        async def auth_middleware(req, context, next_fn):
            return await next_fn()
        config = {"type": "api", "name": "A", "path": "/a", "method": "GET", "emits": [], "middleware": [%s]}
        async def handler(req, context): ...
    """
    typescript = """
        const auth_middleware = async (req: any, ctx: any, next: any) => await next()
        export const config = { type: 'api', name: 'A', path: '/a', method: 'GET', emits: [], middleware: [%s] }
        export const handler = async () => ({ status: 200 })
    """
    source, file = {"python": python, "typescript": typescript}[language], Written(language).step("a")
    good = project(tmp_path / "good", {file: source % "auth_middleware"})
    assert not errors(good)
    assert good.steps[0].has_middleware
    bad = errors(project(tmp_path / "bad", {file: source % "'auth_middleware'"}))
    assert [problem.key for problem in bad] == ["middleware[0]"]


@sentence("ApiRouteConfig", "an API Step needs a handler")
def test_a_handler_is_needed(tmp_path: Path, language: str) -> None:
    written = Written(language)
    source = written.api().split("\n\n")[0]
    assert [problem.key for problem in errors(project(tmp_path, {written.step("a"): source}))] == ["handler"]


@sentence(
    "ApiRouteConfig",
    only(
        "python",
        "the handler takes a request and a context",
        because="A function of JavaScript may be called with any number of arguments.",
    ),
)
def test_the_parameters_of_a_handler(tmp_path: Path) -> None:
    source = api().replace("(req, context)", "(req, context, third)")
    assert [problem.key for problem in errors(project(tmp_path, {"steps/a_step.py": source}))] == ["handler"]


@sentences(
    "Discovery",
    "files",
    {
        "Step names are unique identifiers": lambda written: {
            written.step("a"): written.api(name="Same"),
            written.step("b"): written.api(name="Same", path="/other"),
        },
        contract("two Steps may not answer the same method and path"): lambda written: {
            written.step("a"): written.api(name="A"),
            written.step("b"): written.api(name="B"),
        },
        "stream names are unique": lambda written: {
            written.step("a"): written.api(),
            written.stream_file("a"): written.config({"name": "chat", "schema": {}}),
            written.stream_file("b"): written.config({"name": "chat", "schema": {}}),
        },
        contract("a project needs at least one Step"): lambda written: {f"steps/notes{written.step('')[-3:]}": ""},
    },
)
def test_a_project_is_checked(tmp_path: Path, language: str, files: Callable[[Written], dict[str, str]]) -> None:
    assert len(errors(project(tmp_path, files(Written(language))))) == 1


@sentence("Discovery", contract("Steps are the files *_step.py, *.step.ts and *.step.js below steps/ and src/"))
def test_steps_are_found_by_name(tmp_path: Path, language: str) -> None:
    written = Written(language)
    end = written.step("")[len("steps/") :]
    files = {
        f"steps/deep/er/a{end}": written.api(name="A"),
        f"src/b{end}": written.event(name="B"),
        f"other/c{end}": written.api(name="C"),
        f"steps/helper{end[-3:]}": written.api(name="D"),
        f"steps/.hidden/e{end}": written.api(name="E"),
    }
    if language == "typescript":
        files |= {"steps/f.step.js": "module.exports = { config: { type: 'noop', name: 'F', virtualEmits: [],"}
        files["steps/f.step.js"] += " virtualSubscribes: [] } }\n"
    expected = {"A", "B"} if language == "python" else {"A", "B", "F"}
    assert {step.name for step in project(tmp_path, files).steps} == expected


@sentence(
    "Discovery",
    only(
        "typescript",
        contract("Steps are the files *_step.ts and *_step.js as well"),
        because="Python files have one form of name.",
    ),
)
def test_underscored_names(tmp_path: Path) -> None:
    written = Written("typescript")
    files = {"steps/a_step.ts": written.api(name="A"), "steps/b.api.step.ts": written.event(name="B")}
    assert {step.name for step in project(tmp_path, files).steps} == {"A", "B"}


@sentence(
    "Discovery",
    only(
        "python",
        contract("a file *.step.py is not loaded, and the user is told to rename it"),
        because="*.step.ts is how the files of TypeScript Steps are named.",
    ),
)
def test_dotted_python_files_are_pointed_out(tmp_path: Path) -> None:
    found = project(tmp_path, {"steps/a_step.py": api(), "steps/b.step.py": api(name="B")})
    assert [step.name for step in found.steps] == ["Hello"]
    assert [(problem.file, problem.remedy) for problem in found.problems] == [
        ("steps/b.step.py", "rename it to b_step.py")
    ]


@sentence("Discovery", contract("a file that cannot be imported is an error, with what was raised"))
def test_a_broken_file_is_an_error(tmp_path: Path, language: str) -> None:
    written = Written(language)
    source, raised = ("1 / 0", "ZeroDivisionError") if language == "python" else ("nothing.at.all", "ReferenceError")
    broken = errors(project(tmp_path, {written.step("a"): written.api(), written.step("b"): source}))
    assert [problem.file for problem in broken] == [written.step("b")]
    assert raised in broken[0].what + broken[0].traceback


@sentence("Discovery", contract("Steps import each other's helpers absolutely and relatively"))
def test_imports_of_helpers(tmp_path: Path, language: str) -> None:
    files = {
        "src/lib/words.py": "TOPIC = 'news'",
        "steps/tools.py": "PATH = '/hello'",
        "steps/a_step.py": "from src.lib.words import TOPIC\nfrom .tools import PATH\n"
        + api().replace("'/hello'", "PATH").replace("'emits': []", "'emits': [TOPIC]"),
    }
    if language == "typescript":
        imports = "import { TOPIC } from '@lib/words'\nimport { PATH } from './tools'\n"
        source = Written(language).api().replace('"/hello"', "PATH").replace('"emits": []', '"emits": [TOPIC]')
        files = {
            "tsconfig.json": '{"compilerOptions": {"paths": {"@lib/*": ["./src/lib/*"]}}}',
            "src/lib/words.ts": "export const TOPIC = 'news'",
            "steps/tools.ts": "export const PATH = '/hello'",
            "steps/a.step.ts": imports + source,
        }
    found = project(tmp_path, files)
    assert not errors(found)
    assert (found.steps[0].path, found.steps[0].emits) == ("/hello", ("news",))


@sentence("Discovery", contract("a topic without a subscriber is no error"))
def test_a_topic_without_subscriber(tmp_path: Path, language: str) -> None:
    written = Written(language)
    assert not errors(project(tmp_path, {written.step("a"): written.api(emits=["nobody.listens"])}))


@sentences(
    "Stream configuration",
    "end",
    {
        only("python", "Python streams are the files *_stream.py", because="It is about Python."): "_stream.py",
        only("typescript", "TypeScript streams are the files *.stream.ts", because="It is not Python."): ".stream.ts",
        only("typescript", "JavaScript streams are the files *.stream.js", because="It is not Python."): ".stream.js",
    },
)
def test_streams_are_found_by_name(tmp_path: Path, end: str) -> None:
    written = Written("python" if end.endswith("py") else "typescript")

    def config(name: str) -> str:
        return written.config({"name": name, "schema": {}, "baseConfig": {"storageType": "default"}})

    files = {
        written.step("a"): written.api(),
        f"steps/chat{end}": config("chat"),
        f"src/b{end}": config("b"),
        f"steps/other{end[-3:]}": config("other"),
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
def test_an_expression_is_taken(tmp_path: Path, language: str, expression: str) -> None:
    written = Written(language)
    found = project(tmp_path, {written.step("a"): written.cron(cron=expression)})
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
def test_an_expression_is_refused(tmp_path: Path, language: str, expression: str) -> None:
    written = Written(language)
    found = errors(project(tmp_path, {written.step("a"): written.cron(cron=expression)}))
    assert [problem.key for problem in found] == ["cron"]
