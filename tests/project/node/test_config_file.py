"""What discovery finds in motia.config.ts and motia.config.js, and what of it works where."""

# ruff: noqa: E501  messages are recorded as they are shown

from __future__ import annotations

from textwrap import dedent

import pytest

import step_sources
from motia_project.model import Adapter, StreamAuth
from node_sources import api, cron, event

STATE = """
import { config, MemoryStateAdapter } from 'motia'
class RedisState extends MemoryStateAdapter {}
export default config({ adapters: { state: new RedisState() } })
"""
EVENTS = """
import { MemoryEventAdapter } from '@motiadev/core'
class Kafka extends MemoryEventAdapter { usableOnAws = USABLE }
export default { adapters: { events: Kafka } }
"""
AUTH = """
export default { streamAuth: { contextSchema: { type: 'object' }, authenticate: async () => ({ user: 1 }) } }
"""


@pytest.mark.parametrize("name", ["motia.config.ts", "motia.config.js"])
def test_adapters_and_who_may_connect(project_of, name: str) -> None:
    project = project_of({"steps/a.step.ts": api(), name: STATE})
    assert (project.adapters, project.problems) == ((Adapter("state", "RedisState", language="node"),), ())
    project = project_of({"steps/a.step.ts": api(), name: AUTH})
    assert (project.stream_auth, project.problems) == (StreamAuth("node", {"type": "object"}), ())


@pytest.mark.parametrize(
    "config", ["export default {}", "module.exports = {}", "export const config = {}", "export const streamAuth = null"]
)
def test_it_may_say_nothing(project_of, config: str) -> None:
    project = project_of({"steps/a.step.ts": api(), "motia.config.ts": config})
    assert (project.adapters, project.stream_auth, project.problems) == ((), None, ())


IMPORT, VALUE = "import { config } from 'motia'\n", "{ streamAuth: { authenticate: () => ({ user: 1 }) } }"


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("motia.config.ts", "export const streamAuth = { authenticate: () => ({ user: 1 }) }"),
        ("motia.config.ts", f"{IMPORT}const c = config({VALUE})\nexport {{ c as config }}"),
        ("motia.config.ts", f"const c = {VALUE}\nexport = c"),
        ("motia.config.js", f"module.exports = {VALUE}"),
        ("motia.config.js", f"const {{ config }} = require('motia')\nmodule.exports = config({VALUE})"),
        ("motia.config.js", f"exports.config = {VALUE}"),
        ("motia.config.js", f"exports.default = {VALUE}"),
        ("motia.config.js", "exports.streamAuth = { authenticate: () => ({ user: 1 }) }"),
    ],
)
def test_stream_auth_is_found_in_whatever_way_it_is_exported(project_of, name: str, config: str) -> None:
    project = project_of({"steps/a.step.ts": api(), name: config})
    assert (project.stream_auth, project.problems) == (StreamAuth("node"), ())


NOTHING = """
motia.config.ts
  error: {what}
      allowed: `export default config({{ streamAuth: ..., adapters: ... }})`, or exports named streamAuth and adapters
      do: {remedy}
"""


@pytest.mark.parametrize(
    ("config", "what", "remedy"),
    [
        ("", "the file exports nothing", "write `export default` before the configuration"),
        (
            f"{IMPORT}const c = config({VALUE})",
            "the file exports nothing",
            "write `export default` before the configuration",
        ),
        (
            f"{IMPORT}export const c = config({VALUE})",
            "the file exports `c`, which is no configuration",
            "write `export default c`",
        ),
        (
            f"export const streamauth = ({VALUE}).streamAuth",
            "the file exports `streamauth`, which is no configuration",
            "did you mean 'streamAuth'?",
        ),
    ],
)
def test_a_configuration_that_is_not_exported_is_refused(message_for, config: str, what: str, remedy: str) -> None:
    said = message_for({"steps/a.step.ts": api(), "motia.config.ts": config})
    assert said == NOTHING.format(what=what, remedy=remedy).strip("\n")


def test_everything_that_is_wrong_with_it_is_said_at_once(message_for) -> None:
    config = "export default { logs: 1, adapters: { stat: 1 }, streamAuth: { authenticate: 5 }, plugins: [] }"
    said = message_for({"steps/a.step.ts": api(), "motia.config.ts": config})
    for what in ("the key 'logs'", "the key 'stat'", "streamAuth.authenticate is a number", "warning: plugins"):
        assert said.count(what) == 1


def test_it_may_stand_beside_python_steps_alone(project_of) -> None:
    project = project_of({"steps/a_step.py": step_sources.api(), "motia.config.ts": AUTH})
    assert (project.stream_auth, project.problems) == (StreamAuth("node", {"type": "object"}), ())


CASES = [
    pytest.param(
        {"steps/a.step.ts": api(), "motia.config.ts": EVENTS.replace("USABLE", "false")},
        """
        motia.config.ts
          error: adapters.events: deployed Steps would emit to this adapter, and no event would reach a Step
              value: Kafka
              do: leave it out to use SQS, or give usableOnAws = true to its class when something of yours brings its events to the Steps' queues
        """,
        id="events that stay where they are",
    ),
    pytest.param(
        {"steps/a.step.ts": api(), "motia.config.ts": EVENTS.replace("USABLE", "true")}, "", id="events that go on"
    ),
    pytest.param(
        {
            "steps/a.step.ts": api(),
            "steps/b_step.py": step_sources.api(name="Other", path="/other"),
            "steps/c_step.py": step_sources.cron(),
            "motia.config.ts": STATE,
        },
        """
        motia.config.ts
          error: adapters.state: deployed Python Steps cannot use this adapter: their state would be in DynamoDB
              value: RedisState; the Step Other and 1 more
              do: write these Steps in TypeScript and JavaScript, or leave the adapter out
        """,
        id="state of Steps in another language",
    ),
    pytest.param(
        {
            "steps/a_step.py": step_sources.api(),
            "steps/b.step.ts": cron(),
            "motia_config.py": "from motia.adapters.memory import MemoryCronAdapter\nadapters = {'cron': MemoryCronAdapter}\n",
        },
        """
        motia_config.py
          error: adapters.cron: deployed TypeScript and JavaScript Steps cannot use this adapter: their lock would be in DynamoDB
              value: MemoryCronAdapter; the Step Tick
              do: write these Steps in Python, or leave the adapter out
        """,
        id="locks of Steps in another language",
    ),
    pytest.param(
        {
            "steps/a_step.py": step_sources.api(),
            "steps/b.step.ts": event(),
            "motia.config.ts": EVENTS.replace("USABLE", "true"),
        },
        "",
        id="events of Steps in another language, which emit none",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees_before_a_deploy(files, message: str, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")


@pytest.mark.parametrize(("files", "message"), CASES)
def test_on_this_machine_all_of_it_works(files, message: str, message_for) -> None:
    assert message_for(files, place="local") == ""


def test_packages_beside_steps_are_not_looked_into(project_of) -> None:
    project = project_of({"steps/a.step.ts": api(), "src/node_modules/x/b.step.ts": api(name="Other")})
    assert [step.file for step in project.steps] == ["steps/a.step.ts"]
