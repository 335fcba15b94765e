"""Sources of small Steps for projects that tests write. A change of None takes the key away."""

from typing import Any


def _source(config: dict[str, Any], changes: dict[str, Any], parameters: str) -> str:
    kept = {key: value for key, value in {**config, **changes}.items() if value is not None}
    return f"config = {kept!r}\n\n\nasync def handler({parameters}):\n    return {{'status': 200, 'body': {{}}}}\n"


def api(**changes: Any) -> str:
    """A Step that answers GET /hello."""
    config = {"type": "api", "name": "Hello", "path": "/hello", "method": "GET", "emits": []}
    return _source(config, changes, "req, context")


def event(**changes: Any) -> str:
    """A Step that listens to the topic that it emits."""
    config = {"type": "event", "name": "Work", "subscribes": ["work"], "emits": ["work"]}
    return _source(config, changes, "input_data, context")


def cron(**changes: Any) -> str:
    """A Step that runs every day at nine."""
    return _source({"type": "cron", "name": "Tick", "cron": "0 9 * * *", "emits": []}, changes, "context")


def stream(**changes: Any) -> str:
    """A stream of texts."""
    config = {"name": "chat", "schema": {"type": "object"}, "baseConfig": {"storageType": "default"}}
    return f"config = { ({key: value for key, value in {**config, **changes}.items() if value is not None})!r}\n"
