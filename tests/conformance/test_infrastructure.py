"""The limits of `infrastructure`."""

from __future__ import annotations

from typing import Any

from conformance.configured import accepted, refused
from conformance.sentences import contract, sentence, sentences


def handler(**changes: Any) -> dict[str, Any]:
    return {"handler": changes}


def queue(**changes: Any) -> dict[str, Any]:
    return {"queue": changes}


@sentences(
    "Infrastructure",
    "infrastructure",
    {
        "`handler.ram` may be 128 MB": handler(ram=128),
        "`handler.ram` may be 10240 MB": handler(ram=10240),
        "`handler.timeout` may be 1 s": handler(timeout=1),
        "`handler.timeout` may be 900 s": handler(timeout=900),
        "`handler.cpu` in proportion to `ram` is taken": handler(ram=2048, cpu=1),
        "`handler.cpu` is optional": handler(ram=2048),
        "`queue.type` may be standard": queue(type="standard"),
        "`queue.type` may be fifo": queue(type="fifo"),
        "`queue.maxRetries` may be 0": queue(maxRetries=0),
        "`queue.maxRetries` may be more": queue(maxRetries=10),
        "`queue.delaySeconds` is optional": queue(type="standard", maxRetries=3, visibilityTimeout=90),
        "`queue.delaySeconds` may be 0": queue(delaySeconds=0),
        "`queue.delaySeconds` may be 900": queue(delaySeconds=900),
        "`queue.visibilityTimeout` may be one second more than `handler.timeout`": {
            "handler": {"timeout": 60},
            "queue": {"visibilityTimeout": 61},
        },
        contract("every part may be left out"): {},
        contract("`cpu` may be off by a tenth of a vCPU"): handler(ram=2048, cpu=1.1),
        contract("`cpu` between two sizes is linear"): handler(ram=5632, cpu=2.75),
    },
)
def test_is_taken(infrastructure: dict[str, Any]) -> None:
    assert accepted("event", infrastructure=infrastructure).config["infrastructure"] == infrastructure


@sentences(
    "Infrastructure",
    "infrastructure, says",
    {
        "`handler.ram` is at least 128 MB": (handler(ram=127), "RAM must be at least 128 MB"),
        "`handler.ram` is at most 10240 MB": (handler(ram=10241), "RAM cannot exceed 10240 MB"),
        "`handler.timeout` is at least 1 s": (handler(timeout=0), "Timeout must be at least 1s"),
        "`handler.timeout` is at most 900 s": (handler(timeout=901), "Timeout cannot exceed 900s"),
        "`handler.cpu` must be proportional to `ram`": (
            handler(ram=2048, cpu=2),
            "CPU (2 vCPU) is not proportional to RAM (2048 MB). Expected approximately 1 vCPU",
        ),
        "`queue.type` is nothing else": (queue(type="priority"), "not one of those allowed"),
        "`queue.maxRetries` is not negative": (queue(maxRetries=-1), "maxRetries cannot be negative"),
        "`queue.visibilityTimeout` is greater than `handler.timeout`": (
            {"handler": {"timeout": 30}, "queue": {"visibilityTimeout": 30}},
            "Visibility timeout (30s) must be greater than handler timeout (30s) to prevent premature message",
        ),
        "`queue.delaySeconds` is at most 900": (
            queue(delaySeconds=901),
            "delaySeconds cannot exceed 900 seconds (15 minutes)",
        ),
        "`queue.delaySeconds` is not negative": (queue(delaySeconds=-1), "delaySeconds cannot be negative"),
        contract("an unknown key of `handler` is an error"): (handler(disk=5), "unknown"),
        contract("an unknown key of `queue` is an error"): (queue(priority=5), "unknown"),
        contract("an unknown part is an error"): ({"network": {}}, "unknown"),
    },
)
def test_is_refused(infrastructure: dict[str, Any], says: str) -> None:
    problem = refused("event", infrastructure=infrastructure)
    assert problem.key is not None
    assert problem.key.startswith("infrastructure")
    assert says in problem.what


@sentence("Infrastructure", "the values reach the Step: memory, timeout, queue")
def test_the_values_are_the_steps() -> None:
    step = accepted(
        "event",
        infrastructure={
            "handler": {"ram": 2048, "timeout": 60},
            "queue": {"type": "fifo", "maxRetries": 5, "visibilityTimeout": 90, "delaySeconds": 4},
        },
    )
    assert (step.memory_mb, step.timeout_s) == (2048, 60)
    assert (step.queue.fifo, step.queue.max_retries) == (True, 5)
    assert (step.queue.visibility_timeout_s, step.queue.delay_s) == (90, 4)


@sentence("Infrastructure", contract("without a queue it is standard, with 3 retries and no delay"))
def test_the_defaults_of_a_queue() -> None:
    queue = accepted("event").queue
    assert (queue.fifo, queue.max_retries, queue.delay_s) == (False, 3, 0)
