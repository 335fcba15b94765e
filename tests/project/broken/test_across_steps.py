"""Steps that are fine alone and wrong together."""

from textwrap import dedent

import pytest

from step_sources import api, event, stream

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: api(), B: api(path="/b")},
        """
        steps/b_step.py
          error: name: the name is taken by another Step
              value: "Hello"
              do: rename this one or the one in steps/a_step.py
        """,
        id="a name twice",
    ),
    pytest.param(
        {A: api(), B: api(name="hello", path="/b")},
        """
        steps/b_step.py
          warning: name: the name is told from that of steps/a_step.py by upper and lower case alone
              value: "hello"
              do: rename one of them
        """,
        id="a name of a Step that is told by case alone",
    ),
    pytest.param(
        {A: api(name="Sends the monthly statement of all accounts")},
        """
        steps/a_step.py
          warning: name: the name has 43 characters; names of AWS resources show it shortened
              value: "Sends the monthly statement of all accounts"
              allowed: 40 characters are shown whole
        """,
        id="a long name",
    ),
    pytest.param(
        {A: api(), B: api(name="Other")},
        """
        steps/b_step.py
          error: path: the same route is taken by the Step 'Hello'
              value: GET /hello
              do: change the path or the method here or in steps/a_step.py
        """,
        id="a route twice",
    ),
    pytest.param(
        {A: api(path="/emit", method="POST"), B: api(name="Other", path="/emit/", method="POST")},
        """
        steps/a_step.py
          error: path: the path '/emit' is taken: POST /emit belongs to the local server
              value: POST /emit
              do: change the path or the method
        steps/b_step.py
          error: path: the path '/emit/' is taken: POST /emit belongs to the local server
              value: POST /emit/
              do: change the path or the method
        """,
        id="the route by which the local server takes events",
    ),
    pytest.param(
        {
            A: api(path="/emit"),
            B: api(name="Two", path="/:any", method="POST"),
            "steps/c_step.py": api(name="Three", path="/*", method="POST"),
            "steps/d_step.py": api(name="Four", path="/emit/now", method="POST"),
        },
        "",
        id="routes beside that one",
    ),
    pytest.param(
        {A: api(path="/u/:id"), B: api(name="Other", path="/u/:user/")},
        """
        steps/b_step.py
          error: path: the same route as "/u/:id" is taken by the Step 'Hello'
              value: GET /u/:user/
              do: change the path or the method here or in steps/a_step.py
        """,
        id="a route with another parameter name",
    ),
    pytest.param(
        {A: api(path="/u"), B: api(name="Other", path="/u/:user?")},
        """
        steps/b_step.py
          error: path: the same route as "/u" is taken by the Step 'Hello'
              value: GET /u/:user?
              do: change the path or the method here or in steps/a_step.py
        """,
        id="a route that an optional parameter makes",
    ),
    pytest.param(
        {A: api(), "steps/a_stream.py": stream(), "src/b_stream.py": stream()},
        """
        src/b_stream.py
          error: name: the name is taken by another stream
              value: "chat"
              do: rename this one or the one in steps/a_stream.py
        """,
        id="a stream twice",
    ),
    pytest.param(
        {A: api(emits=["order.created"]), B: event(subscribes=["order.create"], emits=[])},
        """
        steps/a_step.py
          warning: emits[0]: no Step subscribes to this topic; events of it go nowhere
              value: "order.created"
              do: did you mean 'order.create'?
        steps/b_step.py
          warning: subscribes[0]: no Step emits this topic
              value: "order.create"
              do: did you mean 'order.created'?
        """,
        id="a topic that nobody listens to",
    ),
    pytest.param(
        {A: event(subscribes=[], emits=[])},
        """
        steps/a_step.py
          warning: subscribes: the Step listens to no topic and never runs
              do: name its topics
        """,
        id="an event Step without topics",
    ),
    pytest.param(
        {
            A: """
            config = {"type": "api", "name": "Pay", "path": "/pay", "method": "POST", "emits": ["pay"]}

            async def handler(req, context):
                await context.emit({"topic": "pay", "data": req["body"]})
                await context.emit({"topic": "pay", "data": {}, "messageGroupId": "a"})
                await context.emit({**req["body"], "topic": "pay"})
            """,
            B: event(subscribes=["pay"], emits=[], infrastructure={"queue": {"type": "fifo"}}),
        },
        """
        steps/a_step.py
          warning: emit: line 4 emits without messageGroupId to 'Work', which has a FIFO queue
              value: "pay"
              do: add "messageGroupId": events of one group are processed in order
        """,
        id="an emit to a FIFO queue without group",
    ),
    pytest.param(
        {A: api(includeFiles=["./logo.png", "./t/*.html"])},
        """
        steps/a_step.py
          error: includeFiles[0]: does not exist
              value: ./logo.png
              do: paths are relative to the Step's file; create the file or remove the entry
          warning: includeFiles[1]: matches no file
              value: ./t/*.html
              do: correct the pattern or remove it
        """,
        id="files to include that are not there",
    ),
    pytest.param(
        {A: api(includeFiles=["./nope/*.html", "../../secret.txt", "/etc/passwd", 5], emits="work")},
        """
        steps/a_step.py
          error: emits: the value is text, it must be a list
              value: "work"
              do: write ["work"]
          error: includeFiles[3]: the value is a number, it must be text
              value: 5
          warning: includeFiles[0]: matches no file
              value: ./nope/*.html
              do: correct the pattern or remove it
          error: includeFiles[1]: points outside the project
              value: ../../secret.txt
              do: includeFiles are relative to the Step's file and lie inside the project
          error: includeFiles[2]: is an absolute path
              value: /etc/passwd
              do: includeFiles are relative to the Step's file and lie inside the project
        """,
        id="files of a Step that is wrong in other ways too",
    ),
    pytest.param(
        {A: api(includeFiles=["../../secret.txt", "../../*.pem", "/etc/passwd"])},
        """
        steps/a_step.py
          error: includeFiles[0]: points outside the project
              value: ../../secret.txt
              do: includeFiles are relative to the Step's file and lie inside the project
          error: includeFiles[1]: points outside the project
              value: ../../*.pem
              do: includeFiles are relative to the Step's file and lie inside the project
          error: includeFiles[2]: is an absolute path
              value: /etc/passwd
              do: includeFiles are relative to the Step's file and lie inside the project
        """,
        id="files to include outside of the project",
    ),
    pytest.param(
        {"README.md": ""},
        """
        project
          error: the project has no Steps and neither a steps/ nor a src/ folder
              allowed: *_step.py, *.step.ts, *.step.js
              do: write a Step, such as steps/hello_step.py or steps/hello.step.ts
        """,
        id="no Steps at all",
    ),
    pytest.param(
        {"steps/hello.py": "", "src/lib.py": ""},
        """
        project
          error: the project has no Steps under steps/ and src/
              allowed: *_step.py, *.step.ts, *.step.js
              do: write a Step, such as steps/hello_step.py or steps/hello.step.ts
        """,
        id="folders without Steps",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
