"""The configurations of Steps and streams, as the API reference has them, and their validation."""

from motia_project.configs.step import step_problems, to_step
from motia_project.configs.stream import to_stream

__all__ = ["step_problems", "to_step", "to_stream"]
