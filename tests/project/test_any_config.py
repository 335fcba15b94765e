"""Whatever JSON a file has as its configuration: a Step, or problems that say why not; never an exception."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from motia_project.checks import validate
from motia_project.configs import to_step, to_stream
from motia_project.configs.step import MODELS
from motia_project.model import Project
from motia_project.readings import HandlerShape, Reading
from motia_project.report import render
from motia_project.settings import Settings

VALID: dict[str, dict[str, Any]] = {
    "api": {"type": "api", "name": "A", "path": "/a", "method": "GET", "emits": []},
    "event": {"type": "event", "name": "A", "subscribes": ["a"], "emits": ["a"]},
    "cron": {"type": "cron", "name": "A", "cron": "@daily", "emits": []},
    "noop": {"type": "noop", "name": "A", "virtualEmits": [], "virtualSubscribes": []},
}
KEYS = sorted({key for model in MODELS.values() for key in model.model_fields} | {"schema", "baseConfig", "x"})
INNER = ["type", "topic", "handler", "queue", "ram", "timeout", "visibilityTimeout", "properties", "items", "200"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WORDS = st.sampled_from(["a", "/a/:b?", "GET", "fifo", "object", "0 9 * * 1-5", "Europe/Berlin", "default", 60, 512])
JSON = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=4), inner),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(VALID)), st.dictionaries(st.sampled_from(KEYS), JSON, max_size=2))
def test_a_step_or_the_reasons(kind: str, changes: dict[str, Any]) -> None:
    reading = Reading("steps/a_step.py", config={**VALID[kind], **changes}, handler=HandlerShape(True, 2, 2))
    step, problems = to_step(reading, "python")
    assert (step is None) == bool(problems)
    assert all(problem.what and problem.key for problem in problems)
    assert render(problems).count("error: ") >= len(problems)
    if step:
        validate(Project(Path("/nowhere"), Settings(), (step,)))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "schema", "baseConfig", "canAccess", "description", "x"]), JSON))
def test_a_stream_or_the_reasons(config: dict[str, Any]) -> None:
    stream, problems = to_stream(Reading("steps/a_stream.py", config=config), "python")
    assert (stream is None) == bool(problems)
    assert all(problem.what and problem.key for problem in problems)
