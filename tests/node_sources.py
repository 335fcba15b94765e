"""Sources of small TypeScript and JavaScript Steps, for projects of tests. A change of None takes the key away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import node_packages


def _source(config: dict[str, Any], changes: dict[str, Any], parameters: str) -> str:
    kept = {key: value for key, value in {**config, **changes}.items() if value is not None}
    handler = f"export const handler = async ({parameters}) => ({{ status: 200, body: {{}} }})\n"
    return f"export const config = {json.dumps(kept)}\n{handler}"


def api(**changes: Any) -> str:
    """A Step that answers GET /hello; as TypeScript and as JavaScript the same."""
    config = {"type": "api", "name": "Hello", "path": "/hello", "method": "GET", "emits": []}
    return _source(config, changes, "req, ctx")


def event(**changes: Any) -> str:
    """A Step that listens to the topic that it emits."""
    config = {"type": "event", "name": "Work", "subscribes": ["work"], "emits": ["work"]}
    return _source(config, changes, "input, ctx")


def cron(**changes: Any) -> str:
    """A Step that runs every day at nine."""
    return _source({"type": "cron", "name": "Tick", "cron": "0 9 * * *", "emits": []}, changes, "ctx")


def link_packages(root: Path, *names: str) -> None:
    """Put npm packages into the project's node_modules. A name may be `zod=zod3`: what is installed as `zod3`."""
    installed = node_packages.install() / "node_modules"
    for name in names:
        here, _, there = name.partition("=")
        place = root / "node_modules" / here
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(installed / (there or here))
