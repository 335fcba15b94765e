"""What discovery finds in motia_config.py, and what is wrong in it."""

from textwrap import dedent

import pytest

from adapter_sources import ALL, EVENTS, KEPT
from motia_project.model import Adapter, StreamAuth
from step_sources import api

STEP = {"steps/a_step.py": api()}


def test_the_adapters_of_a_project_are_found(project_of) -> None:
    project = project_of({**STEP, "lib/kept.py": KEPT, "motia_config.py": ALL})
    assert project.adapters == (
        Adapter("state", "KeptState"),
        Adapter("streams", "KeptStream"),
        Adapter("cron", "KeptLocks"),
    )
    assert project.problems == ()


@pytest.mark.parametrize("config", ["", "adapters = {}", "adapters = None", "from motia import adapters"])
def test_a_project_may_have_none(project_of, config: str) -> None:
    assert project_of({**STEP, "motia_config.py": config}).adapters == ()


def test_stream_auth_is_no_adapter(project_of) -> None:
    project = project_of({**STEP, "motia_config.py": 'streamAuth = {"authenticate": lambda request: None}'})
    assert (project.adapters, project.problems) == ((), ())
    assert project.stream_auth == StreamAuth("python")


def test_the_schema_of_what_authenticate_gives_is_kept(project_of) -> None:
    config = 'streamAuth = {"contextSchema": {"type": "object"}, "authenticate": lambda request: None}'
    assert project_of({**STEP, "motia_config.py": config}).stream_auth == StreamAuth("python", {"type": "object"})


CASES = [
    pytest.param(
        'streamAuth = {"contextSchema": {"type": object}, "authenticate": lambda request: None}',
        """
        motia_config.py
          error: streamAuth.contextSchema.type: the value is the class object
              do: for a schema give a JSON Schema or a pydantic model class
        """,
        id="a schema that is not JSON",
    ),
    pytest.param(
        'adapters = {"stat": 1}',
        """
        motia_config.py
          error: `adapters` has the key 'stat'
              allowed: state, streams, events, cron
        """,
        id="a kind that is none",
    ),
    pytest.param(
        """
        config = {"logs": 1, "adapter": {}}
        adapters = {"stat": 1, "state": "redis"}
        streamAuth = {"authenticate": 5, "roles": []}
        """,
        """
        motia_config.py
          error: `config` has the key 'logs'
              allowed: adapters, streamAuth, stream_auth
          error: `config` has the key 'adapter'
              allowed: adapters, streamAuth, stream_auth
              do: did you mean 'adapters'?
          error: `adapters` has the key 'stat'
              allowed: state, streams, events, cron
          error: adapters["state"] is 'redis'
              allowed: an instance, class or function
          error: `streamAuth` has the key 'roles'
              allowed: {"authenticate": a function of {"headers", "url"}, "contextSchema": a JSON Schema}
          error: streamAuth.authenticate is an int
              allowed: {"authenticate": a function of {"headers", "url"}, "contextSchema": a JSON Schema}
        """,
        id="everything at once",
    ),
    pytest.param(
        'streamauth = {"authenticate": lambda request: None}',
        """
        motia_config.py
          error: the name 'streamauth' is none of the configuration
              allowed: streamAuth = {...} and adapters = {...}, or these keys in config = {...}
              do: did you mean 'streamAuth'?
        """,
        id="a stream auth under nearly its name",
    ),
    pytest.param(
        "adapters = []",
        """
        motia_config.py
          error: `adapters` is a list
              allowed: a dict such as {"state": MyStateAdapter}
        """,
        id="no dict",
    ),
    pytest.param(
        'adapters = {"state": dict}',
        """
        motia_config.py
          error: adapters["state"] is dict, no subclass of StateAdapter
              do: derive it from motia.adapters.StateAdapter
        """,
        id="a class that is no adapter",
    ),
    pytest.param(
        """
        from motia.adapters import StateAdapter
        class Half(StateAdapter):
            async def get(self, group_id, key): ...
            async def set(self, group_id, key, value): ...
            async def delete(self, group_id, key): ...
        adapters = {"state": Half}
        """,
        """
        motia_config.py
          error: adapters["state"] is Half, which lacks clear, get_group, items, keys, trace_ids
              do: define these methods
        """,
        id="an adapter without all methods",
    ),
    pytest.param(
        'adapters = {"state": "redis"}',
        """
        motia_config.py
          error: adapters["state"] is 'redis'
              allowed: an instance, class or function
        """,
        id="a text",
    ),
    pytest.param(
        EVENTS,
        """
        motia_config.py
          error: adapters["events"]: deployed Steps would emit to this adapter, and no event would reach a Step
              value: MemoryEventAdapter
              do: leave it out to use SQS, or set usable_on_aws = True in its class when something of yours brings \
its events to the Steps' queues
        """,
        id="events that nothing on AWS listens to",
    ),
    pytest.param(
        "import redis_that_is_missing",
        """
        motia_config.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'redis_that_is_missing'
              do: add the package that has `redis_that_is_missing` to requirements.txt and run `motia install`
              Traceback (most recent call last):
                File "motia_config.py", line 1, in <module>
                  import redis_that_is_missing
              ModuleNotFoundError: No module named 'redis_that_is_missing'
        """,
        id="an import that fails",
    ),
]


@pytest.mark.parametrize(("config", "message"), CASES)
def test_what_is_wrong_is_said(message_for, config: str, message: str) -> None:
    assert message_for({**STEP, "motia_config.py": config}) == dedent(message).strip()


def test_events_of_ones_own_are_no_problem_locally(message_for) -> None:
    assert message_for({**STEP, "motia_config.py": EVENTS}, place="local") == ""
