"""Infrastructure of event Steps that AWS would refuse."""

# ruff: noqa: E501  messages are recorded as they are shown

from textwrap import dedent

import pytest

from step_sources import event

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
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
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
