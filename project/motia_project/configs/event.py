"""`type: event`."""

from __future__ import annotations

from typing import Literal

from motia_project.configs.base import RunningConfig, Topics
from motia_project.configs.infrastructure import Infrastructure
from motia_project.configs.json_schema import Schema


class EventConfig(RunningConfig):
    """Work done for each event of some topics."""

    type: Literal["event"]
    subscribes: Topics
    input: Schema = None
    infrastructure: Infrastructure | None = None
