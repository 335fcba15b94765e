"""Configurations in TypeScript that are wrong, and what is said about them."""

# ruff: noqa: E501  messages are recorded as they are shown

from __future__ import annotations

from textwrap import dedent

import pytest

from node_sources import api, cron, event

HANDLER = "export const handler = async () => {}\n"


def step(inside: str, handler: str = HANDLER) -> str:
    """An API Step with something more in its configuration."""
    fixed = "type: 'api', name: 'Hello', path: '/hello', method: 'GET', emits: []"
    return f"export const config = {{ {fixed}, {inside} }}\n{handler}"


CASES = [
    pytest.param(
        "steps/empty.step.ts",
        "",
        """
        steps/empty.step.ts
          error: the file exports no `config`
              do: write `export const config = { ... }` at the top level of the file
        """,
        id="an empty file",
    ),
    pytest.param(
        "steps/no_config.step.ts",
        HANDLER,
        """
        steps/no_config.step.ts
          error: the file exports no `config`
              do: write `export const config = { ... }` at the top level of the file
        """,
        id="no config",
    ),
    pytest.param(
        "steps/config_function.step.ts",
        "export const config = () => ({})\n" + HANDLER,
        """
        steps/config_function.step.ts
          error: `config` is the function config, it must be an object
              do: write `export const config = { ... }`
        """,
        id="a config that is a function",
    ),
    pytest.param(
        "steps/config_list.step.ts",
        "export const config = []\n" + HANDLER,
        """
        steps/config_list.step.ts
          error: `config` is an array, it must be an object
              do: write `export const config = { ... }`
        """,
        id="a config that is a list",
    ),
    pytest.param(
        "steps/config_promise.step.ts",
        "export const config = Promise.resolve({})\n" + HANDLER,
        """
        steps/config_promise.step.ts
          error: `config` is a Promise, it must be an object
              do: write `await` before it
        """,
        id="a config that is a promise",
    ),
    pytest.param(
        "steps/config_class.step.ts",
        "export class config {}\n" + HANDLER,
        """
        steps/config_class.step.ts
          error: `config` is the class config, it must be an object
              do: write `export const config = { ... }`
        """,
        id="a config that is a class",
    ),
    pytest.param(
        "steps/no_handler.step.ts",
        step("", handler=""),
        """
        steps/no_handler.step.ts
          error: handler: the file exports no `handler`
              do: write `export const handler = async (req, ctx) => { ... }`
        """,
        id="no handler",
    ),
    pytest.param(
        "steps/handler_object.step.ts",
        step("", handler="export const handler = { run() {} }\n"),
        """
        steps/handler_object.step.ts
          error: handler: `handler` is a value of type object, it must be a function
              allowed: export const handler = async (req, ctx) => { ... }
        """,
        id="a handler that is an object",
    ),
    pytest.param(
        "steps/generator.step.ts",
        step("", handler="export async function* handler(req) { yield 1 }\n"),
        """
        steps/generator.step.ts
          error: handler: `handler` is a generator function, of which nothing runs when it is called
              allowed: export const handler = async (req, ctx) => { ... }
              do: write `return` where it has `yield`
        """,
        id="a handler that is a generator",
    ),
    pytest.param(
        "steps/class_handler.step.ts",
        step("", handler="export class handler {}\n"),
        """
        steps/class_handler.step.ts
          error: handler: `handler` is a class, it must be a function
              allowed: export const handler = async (req, ctx) => { ... }
              do: call its method in a function
        """,
        id="a handler that is a class",
    ),
    pytest.param(
        "steps/three.step.ts",
        step("", handler="export const handler = async (req, { emit }, third) => {}\n"),
        """
        steps/three.step.ts
          error: handler: `handler` cannot be called with what it is given
              value: handler(req, { emit }, third)
              allowed: handler(req, ctx)
              do: take fewer, or give the rest defaults
        """,
        id="a handler of three arguments",
    ),
    pytest.param(
        "steps/no_handler_event.step.ts",
        event().partition("\nexport const handler")[0],
        """
        steps/no_handler_event.step.ts
          error: handler: the file exports no `handler`
              do: write `export const handler = async (input, ctx) => { ... }`
        """,
        id="an event Step without a handler",
    ),
    pytest.param(
        "steps/no_handler_cron.step.ts",
        cron().partition("\nexport const handler")[0],
        """
        steps/no_handler_cron.step.ts
          error: handler: the file exports no `handler`
              do: write `export const handler = async (ctx) => { ... }`
        """,
        id="a cron Step without a handler",
    ),
    pytest.param(
        "steps/bigint.step.ts",
        step("description: 10n"),
        """
        steps/bigint.step.ts
          error: description: the value is a bigint, which is not JSON
              do: write text, numbers, lists and objects
        """,
        id="a bigint",
    ),
    pytest.param(
        "steps/nan.step.ts",
        step("queryParams: [{ name: 'a', description: NaN }]"),
        """
        steps/nan.step.ts
          error: queryParams[0].description: the value is NaN, which JSON does not have
              do: write a finite number or null
        """,
        id="a number that JSON does not have",
    ),
    pytest.param(
        "steps/cycle.step.ts",
        "const loop: any = {}\nloop.self = loop\n" + step("bodySchema: loop"),
        """
        steps/cycle.step.ts
          error: bodySchema.self: the value is `bodySchema`, which it is in: JSON cannot contain itself
              do: leave the key out
        """,
        id="a value that contains itself",
    ),
    pytest.param(
        "steps/self.step.ts",
        step("") + "\n;(config as any).self = config\n;(config as any).bodySchema = { items: [config] }\n",
        """
        steps/self.step.ts
          error: self: the value is the configuration that it is in: JSON cannot contain itself
              do: leave the key out
          error: bodySchema.items[0]: the value is the configuration that it is in: JSON cannot contain itself
              do: leave the key out
        """,
        id="a configuration that contains itself",
    ),
    pytest.param(
        "steps/deep.step.ts",
        "let deep: any = 1\nfor (let n = 0; n < 200; n += 1) deep = [deep]\n" + step("description: deep"),
        f"""
        steps/deep.step.ts
          error: description{"[0]" * 100}: the value is nested in more than 100 others
              do: make it flatter
        """,
        id="a value that is nested too deeply",
    ),
    pytest.param(
        "steps/function.step.ts",
        step("description: () => 'x'"),
        """
        steps/function.step.ts
          error: description: the value is the function description
              do: a configuration is data; only `middleware` and `canAccess` hold functions
        """,
        id="a function without a place",
    ),
    pytest.param(
        "steps/function_schema.step.ts",
        "function check() {}\n" + step("bodySchema: check"),
        """
        steps/function_schema.step.ts
          error: bodySchema: the value is the function check
              do: a configuration is data; only `middleware` and `canAccess` hold functions
        """,
        id="a function as a schema",
    ),
    pytest.param(
        "steps/class.step.ts",
        "class Body {}\n" + step("bodySchema: Body"),
        """
        steps/class.step.ts
          error: bodySchema: the value is the class Body
              do: for a schema give a JSON Schema, or a schema of zod
        """,
        id="a class as a schema",
    ),
    pytest.param(
        "steps/instance.step.ts",
        "class Body {}\n" + step("bodySchema: new Body()"),
        """
        steps/instance.step.ts
          error: bodySchema: the value is a Body, which is not JSON
              do: write text, numbers, lists and objects
        """,
        id="an object of a class",
    ),
    pytest.param(
        "steps/promise.step.ts",
        step("bodySchema: Promise.resolve({})"),
        """
        steps/promise.step.ts
          error: bodySchema: the value is a Promise, which is not JSON
              do: write `await` before it
        """,
        id="a promise",
    ),
    pytest.param(
        "steps/getter.step.ts",
        step("get description() { throw new TypeError('boom') }"),
        """
        steps/getter.step.ts
          error: description: the value cannot be read: boom
        """,
        id="a value that cannot be read",
    ),
    pytest.param(
        "steps/middleware.step.ts",
        "const auth = async () => {}\n" + step("middleware: auth"),
        """
        steps/middleware.step.ts
          error: middleware: the value is the function auth, it must be a list of functions
              do: write [auth]
        """,
        id="middleware that is no list",
    ),
    pytest.param(
        "steps/middleware_entry.step.ts",
        "class Auth {}\n" + step("middleware: [null, 'x', Auth]"),
        """
        steps/middleware_entry.step.ts
          error: middleware[0]: the entry is null, it must be a function
          error: middleware[1]: the entry is a string, it must be a function
          error: middleware[2]: the entry is the class Auth, it must be a function
        """,
        id="middleware that is no function",
    ),
    pytest.param(
        "steps/unknown_key.step.ts",
        api(bodyShema={}),
        """
        steps/unknown_key.step.ts
          error: bodyShema: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, path, method, bodySchema, responseSchema, queryParams, middleware
              do: did you mean 'bodySchema'?
        """,
        id="an unknown key",
    ),
    pytest.param(
        "steps/null.step.ts",
        api(emits=[None]),
        """
        steps/null.step.ts
          error: emits[0]: the value is null
              value: null
              allowed: a topic, or {"topic": ..., "label": ..., "conditional": ...}
        """,
        id="a topic that is null",
    ),
    pytest.param(
        "steps/no_type.step.ts",
        "export const config = { name: 'x' }\n" + HANDLER,
        """
        steps/no_type.step.ts
          error: type: the key is missing
              allowed: api, event, cron, noop
              do: add "type": such as "api"
        """,
        id="no type",
    ),
    pytest.param(
        "steps/a_stream.step.ts",
        "export const config = { name: 'x', schema: {} }\n" + HANDLER,
        """
        steps/a_stream.step.ts
          error: type: the key is missing
              allowed: api, event, cron, noop
              do: a stream's file is named *.stream.ts or *.stream.js: rename it
        """,
        id="a stream in the file of a Step",
    ),
    pytest.param(
        "steps/type.step.ts",
        api(bodySchema={"type": "objekt"}),
        """
        steps/type.step.ts
          error: bodySchema: 'objekt' at `type` is no JSON Schema type
              allowed: string, number, integer, boolean, object, array, null
              do: did you mean 'object'?
        """,
        id="a type that JSON Schema does not have",
    ),
    pytest.param(
        "steps/number.step.ts",
        api(bodySchema=5),
        """
        steps/number.step.ts
          error: bodySchema: a number is not a JSON Schema
              value: 5
              do: give a JSON Schema such as {'type': 'object', 'properties': {...}}, or a schema of zod
        """,
        id="a schema that is a number",
    ),
    pytest.param(
        "src/a_step.stream.ts",
        api(),
        """
        src/a_step.stream.ts
          error: type: a stream has no type
              do: a Step's file is named *.step.ts or *.step.js: rename it
        """,
        id="a Step in the file of a stream",
    ),
    pytest.param(
        "src/open.stream.ts",
        "export const config = { name: 'x', schema: {type:'object'}, baseConfig: { storageType: 'default' } }\nexport const canAccess = true\n",
        """
        src/open.stream.ts
          error: canAccess: `canAccess` is a boolean
              do: export a function `canAccess(subscription, authContext)`, or give it another name
        """,
        id="a canAccess that is no function",
    ),
    pytest.param(
        "src/closed.stream.ts",
        "export const config = { name: 'x', schema: {type:'object'}, canAccess: 'yes' }\n",
        """
        src/closed.stream.ts
          error: canAccess: the value is not a function
              value: "yes"
              allowed: a function (subscription, authContext)
        """,
        id="a canAccess in config that is no function",
    ),
]


@pytest.fixture(scope="module")
def messages(messages_by_file) -> dict[str, str]:
    """What the user reads about each file; all of them are in one project."""
    return messages_by_file({file: source for file, source, _ in (case.values for case in CASES)}, timeout_s=2)


@pytest.mark.parametrize(("file", "source", "message"), CASES)
def test_the_user_sees(file: str, source: str, message: str, messages: dict[str, str]) -> None:
    assert messages[file] == dedent(message).strip("\n")


def test_the_other_files_are_read(messages: dict[str, str]) -> None:
    assert messages["steps/good.step.ts"] == ""
