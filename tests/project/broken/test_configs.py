"""Configurations that are wrong, and what is said about them."""

# ruff: noqa: E501  messages are recorded as they are shown

from textwrap import dedent

import pytest

from step_sources import api, event

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: api(metod="GET", method=None)},
        """
        steps/a_step.py
          error: method: the key is missing
              do: add "method": such as "GET"
          error: metod: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, path, method, bodySchema, responseSchema, queryParams, middleware
              do: did you mean 'method'?
        """,
        id="a misspelled key",
    ),
    pytest.param(
        {A: event(infrastructure={"queue": {"maxRetry": 2}})},
        """
        steps/a_step.py
          error: infrastructure.queue.maxRetry: the key is unknown
              allowed: type, maxRetries, visibilityTimeout, delaySeconds, concurrency
              do: did you mean 'maxRetries'?
        """,
        id="a misspelled key inside",
    ),
    pytest.param(
        {A: api(emits=None)},
        """
        steps/a_step.py
          error: emits: the key is missing
              do: add "emits": the topics this Step emits, [] if none
        """,
        id="missing emits",
    ),
    pytest.param(
        {A: "config = {'type': 'api'}\n\nasync def handler(req, context): ...\n"},
        """
        steps/a_step.py
          error: name: the key is missing
              do: add "name": a text that no other Step has
          error: emits: the key is missing
              do: add "emits": the topics this Step emits, [] if none
          error: path: the key is missing
              do: add "path": such as "/users/:id"
          error: method: the key is missing
              do: add "method": such as "GET"
        """,
        id="everything missing",
    ),
    pytest.param(
        {A: api(emits="order.created", flows="orders", includeFiles="./x.txt", description=5)},
        """
        steps/a_step.py
          error: description: the value is a number, it must be text
              value: 5
          error: flows: the value is text, it must be a list
              value: "orders"
              do: write ["orders"]
          error: emits: the value is text, it must be a list
              value: "order.created"
              do: write ["order.created"]
          error: includeFiles: the value is text, it must be a list
              value: "./x.txt"
              do: write ["./x.txt"]
        """,
        id="text in place of lists",
    ),
    pytest.param(
        {A: api(emits=[5, {"topic": "a", "lable": "x"}, {"label": "y"}, " "])},
        """
        steps/a_step.py
          error: emits[0]: the value is a number
              value: 5
              allowed: a topic, or {"topic": ..., "label": ..., "conditional": ...}
          error: emits[1].lable: the key is unknown
              allowed: topic, label, conditional
              do: did you mean 'label'?
          error: emits[2].topic: the key is missing
          error: emits[3].topic: the text is empty
              value: " "
        """,
        id="emits that are no topics",
    ),
    pytest.param(
        {A: api(method="get")},
        """
        steps/a_step.py
          error: method: the method is not one of those a route can have
              value: "get"
              allowed: GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD
              do: write "GET"
        """,
        id="method in lower case",
    ),
    pytest.param(
        {A: api(method="FETCH")},
        """
        steps/a_step.py
          error: method: the method is not one of those a route can have
              value: "FETCH"
              allowed: GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD
        """,
        id="unknown method",
    ),
    pytest.param(
        {A: api(type="apy")},
        """
        steps/a_step.py
          error: type: invalid Step type
              value: "apy"
              allowed: api, event, cron, noop
              do: did you mean 'api'?
        """,
        id="unknown type",
    ),
    pytest.param(
        {A: api(type=None)},
        """
        steps/a_step.py
          error: type: the key is missing
              allowed: api, event, cron, noop
              do: add "type": such as "api"
        """,
        id="missing type",
    ),
    pytest.param(
        {A: api(type=5)},
        """
        steps/a_step.py
          error: type: invalid Step type
              value: 5
              allowed: api, event, cron, noop
        """,
        id="type of another type",
    ),
    pytest.param(
        {A: api(infrastructure={"handler": {"ram": 512}}, input={}), B: event(middleware=[], path="/work")},
        """
        steps/a_step.py
          error: infrastructure: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, path, method, bodySchema, responseSchema, queryParams, middleware
              do: only event Steps have `infrastructure`
          error: input: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, path, method, bodySchema, responseSchema, queryParams, middleware
              do: only event Steps have `input`; the schema of a request is `bodySchema`
        steps/b_step.py
          error: path: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, subscribes, input, infrastructure
              do: only api Steps have `path`
          error: middleware: the key is unknown
              allowed: name, description, flows, emits, virtualEmits, virtualSubscribes, includeFiles, type, subscribes, input, infrastructure
              do: only api Steps have `middleware`
        """,
        id="keys of other types of Steps",
    ),
    pytest.param(
        {A: "config = {'type': 'noop', 'name': 'Approval', 'emits': []}\n"},
        """
        steps/a_step.py
          error: virtualEmits: the key is missing
              do: add "virtualEmits": [] if there are none
          error: virtualSubscribes: the key is missing
              do: add "virtualSubscribes": [] if there are none
          error: emits: the key is unknown
              allowed: name, description, flows, type, virtualEmits, virtualSubscribes
              do: a noop Step runs nothing; for the Workbench there is `virtualEmits`
        """,
        id="a noop that emits",
    ),
    pytest.param(
        {A: api(name=" "), B: api(name="a\nb", path="/b"), "steps/c_step.py": api(name=" x", path="/c")},
        """
        steps/a_step.py
          error: name: the text is empty
              value: " "
        steps/b_step.py
          error: name: the text has a line break or another control character
              value: "a\\nb"
        steps/c_step.py
          error: name: the text starts or ends with a space
              value: " x"
              do: write 'x'
        """,
        id="names that are no names",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
