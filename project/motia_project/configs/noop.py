"""`type: noop`."""

from __future__ import annotations

from typing import Literal

from motia_project.configs.base import Emits, StepConfig, Topics


class NoopConfig(StepConfig):
    """A node that is only drawn."""

    type: Literal["noop"]
    virtualEmits: Emits
    virtualSubscribes: Topics
