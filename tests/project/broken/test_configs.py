"""Configurations that are wrong, and what is said about them."""

from textwrap import dedent

import pytest

from step_sources import api, cron, event, stream

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
        {A: cron(cron="every day")},
        """
        steps/a_step.py
          error: cron: 'every day' has 2 fields
              value: "every day"
              allowed: five fields (minute, hour, day of month, month, day of week) or six with leading seconds
        """,
        id="cron nonsense",
    ),
    pytest.param(
        {A: cron(cron="61 * * * *")},
        """
        steps/a_step.py
          error: cron: minute '61': '61' is out of range
              value: "61 * * * *"
              allowed: 0-59
        """,
        id="cron out of range",
    ),
    pytest.param(
        {A: cron(cron="*/5 * * * * *")},
        """
        steps/a_step.py
          error: cron: '*/5 * * * * *' fires within a minute; AWS starts schedules once a minute at most
              value: "*/5 * * * * *"
              allowed: 0
              do: write five fields, or six with 0 as seconds
        """,
        id="cron within a minute",
    ),
    pytest.param(
        {A: cron(cron="0 0 */2 * MON")},
        """
        steps/a_step.py
          error: cron: day of month '*/2': crons disagree on a '*' step beside a day of week
              value: "0 0 */2 * MON"
              allowed: 1-31
              do: write '1-31/2' to run on days that match either field
        """,
        id="cron that crons disagree on",
    ),
    pytest.param(
        {A: cron(timezone="Europe/Berln")},
        """
        steps/a_step.py
          error: timezone: there is no time zone 'Europe/Berln'
              value: "Europe/Berln"
              allowed: an IANA name, such as 'Europe/Berlin'
              do: did you mean 'Europe/Berlin'?
        """,
        id="unknown time zone",
    ),
    pytest.param(
        {
            A: event(
                infrastructure={
                    "handler": {"ram": 512, "timeout": 60},
                    "queue": {"type": "fifo", "maxRetries": 3, "visibilityTimeout": 30},
                }
            )
        },
        """
        steps/a_step.py
          error: infrastructure: Visibility timeout (30s) must be greater than handler timeout (60s) to prevent premature message redelivery
              do: raise `queue.visibilityTimeout` (six times the timeout, 360, is advised), lower `handler.timeout`, or leave out `queue.visibilityTimeout`
        """,
        id="fifo visibility below timeout",
    ),
    pytest.param(
        {A: event(infrastructure={"queue": {"visibilityTimeout": 30}})},
        """
        steps/a_step.py
          error: infrastructure: Visibility timeout (30s) must be greater than handler timeout (30s, the default) to prevent premature message redelivery
              do: raise `queue.visibilityTimeout` (six times the timeout, 180, is advised), lower `handler.timeout`, or leave out `queue.visibilityTimeout`
        """,
        id="visibility below the default timeout",
    ),
    pytest.param(
        {
            A: event(
                infrastructure={
                    "handler": {"ram": 64, "timeout": 1000},
                    "queue": {"type": "FIFO", "maxRetries": -1, "delaySeconds": 901, "concurrency": 1},
                }
            )
        },
        """
        steps/a_step.py
          error: infrastructure.handler.ram: RAM must be at least 128 MB
              value: 64
              allowed: 128-10240
          error: infrastructure.handler.timeout: Timeout cannot exceed 900s
              value: 1000
              allowed: 1-900
          error: infrastructure.queue.type: the value is not one of those allowed
              value: "FIFO"
              allowed: standard or fifo
              do: did you mean 'fifo'?
          error: infrastructure.queue.maxRetries: maxRetries cannot be negative
              value: -1
              allowed: 0-999
          error: infrastructure.queue.delaySeconds: delaySeconds cannot exceed 900 seconds (15 minutes)
              value: 901
              allowed: 0-900
          error: infrastructure.queue.concurrency: concurrency must be at least 2
              value: 1
              allowed: 2-1000
        """,
        id="infrastructure out of range",
    ),
    pytest.param(
        {A: event(infrastructure={"handler": {"ram": "512", "timeout": 1.5}, "queue": "fifo"})},
        """
        steps/a_step.py
          error: infrastructure.handler.ram: the value is text, it must be a whole number
              value: "512"
              allowed: 128-10240
          error: infrastructure.handler.timeout: the value is a fraction, it must be a whole number
              value: 1.5
              allowed: 1-900
          error: infrastructure.queue: the value is text, it must be a dictionary
              value: "fifo"
        """,
        id="infrastructure of wrong types",
    ),
    pytest.param(
        {A: event(infrastructure={"handler": {"ram": 1024, "cpu": 4}})},
        """
        steps/a_step.py
          error: infrastructure.handler: CPU (4 vCPU) is not proportional to RAM (1024 MB). Expected approximately 0.5 vCPU
              do: leave out `cpu`: it follows from `ram`
        """,
        id="cpu that does not fit ram",
    ),
    pytest.param(
        {A: api(bodySchema={"type": "object", "properties": {"n": {"type": "int"}}})},
        """
        steps/a_step.py
          error: bodySchema: 'int' at `properties.n.type` is no JSON Schema type
              allowed: string, number, integer, boolean, object, array, null
              do: did you mean 'integer'?
        """,
        id="a type that JSON Schema does not have",
    ),
    pytest.param(
        {A: event(input="order"), B: api(bodySchema={"properties": ["name"]})},
        """
        steps/a_step.py
          error: input: text is not a JSON Schema
              value: "order"
              do: give a JSON Schema such as {'type': 'object', 'properties': {...}}, or a pydantic model class
        steps/b_step.py
          error: bodySchema: a list at `properties` is not a dictionary of schemas
        """,
        id="a schema that is none",
    ),
    pytest.param(
        {A: api(responseSchema={"ok": {}, 200: {"type": "object"}})},
        """
        steps/a_step.py
          error: responseSchema: the key 'ok' is not an HTTP status
              allowed: 100-599
        """,
        id="responses by name",
    ),
    pytest.param(
        {A: api(queryParams=["page", {"nam": "x"}])},
        """
        steps/a_step.py
          error: queryParams[0]: the value is text
              value: "page"
              allowed: {"name": ..., "description": ...}
          error: queryParams[1].name: the key is missing
          error: queryParams[1].nam: the key is unknown
              allowed: name, description
              do: did you mean 'name'?
        """,
        id="query parameters without names",
    ),
    pytest.param(
        {A: api(middleware=["auth"])},
        """
        steps/a_step.py
          error: middleware[0]: the entry is a str, it must be a function
        """,
        id="middleware by name",
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
    pytest.param(
        {A: api(), "steps/chat_stream.py": stream(name=None)},
        """
        steps/chat_stream.py
          error: name: the key is missing
              do: add "name": the stream is context.streams.<name>
        """,
        id="stream without name",
    ),
    pytest.param(
        {A: api(), "steps/chat_stream.py": stream(baseConfig={"storageType": "custom"})},
        """
        steps/chat_stream.py
          error: baseConfig.storageType: the storage type is not supported
              value: "custom"
              allowed: default
        """,
        id="stream with storage of its own",
    ),
    pytest.param(
        {A: api(), "steps/chat_stream.py": stream(canAccess=True)},
        """
        steps/chat_stream.py
          error: canAccess: the value is not a function
              value: true
              allowed: a function (subscription, auth_context)
        """,
        id="stream with canAccess that is no function",
    ),
    pytest.param(
        {A: api(), "steps/chat_stream.py": api()},
        """
        steps/chat_stream.py
          error: type: a stream has no type
              do: a Step's file is named *_step.py: rename it
        """,
        id="a Step in a stream's file",
    ),
    pytest.param(
        {A: stream()},
        """
        steps/a_step.py
          error: type: the key is missing
              allowed: api, event, cron, noop
              do: a stream's file is named *_stream.py: rename it
        """,
        id="a stream in a Step's file",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
