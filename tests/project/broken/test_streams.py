"""Streams that are wrong."""

from textwrap import dedent

import pytest

from step_sources import api, stream

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
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
