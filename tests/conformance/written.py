"""Small Steps in the language of a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import step_sources


@dataclass(frozen=True)
class Written:
    """Sources in one language. A change of None takes the key away."""

    language: str

    def step(self, stem: str) -> str:
        """The name of a Step's file."""
        return f"steps/{stem}_step.py" if self.language == "python" else f"steps/{stem}.step.ts"

    def stream_file(self, stem: str) -> str:
        return f"steps/{stem}_stream.py" if self.language == "python" else f"steps/{stem}.stream.ts"

    def api(self, **changes: Any) -> str:
        """A Step that answers GET /hello."""
        config = {"type": "api", "name": "Hello", "path": "/hello", "method": "GET", "emits": []}
        return step_sources.api(**changes) if self.language == "python" else _typescript(config, changes, "req, ctx")

    def event(self, **changes: Any) -> str:
        """A Step that listens to the topic that it emits."""
        config = {"type": "event", "name": "Work", "subscribes": ["work"], "emits": ["work"]}
        return step_sources.event(**changes) if self.language == "python" else _typescript(config, changes, "data, ctx")

    def cron(self, **changes: Any) -> str:
        """A Step that runs every day at nine."""
        config = {"type": "cron", "name": "Tick", "cron": "0 9 * * *", "emits": []}
        return step_sources.cron(**changes) if self.language == "python" else _typescript(config, changes, "ctx")

    def config(self, config: dict[str, Any]) -> str:
        """A file with a configuration and nothing else."""
        if self.language == "python":
            return f"config = {config!r}\n"
        return f"export const config = {json.dumps(config)}\n"


def _typescript(config: dict[str, Any], changes: dict[str, Any], parameters: str) -> str:
    kept = {key: value for key, value in {**config, **changes}.items() if value is not None}
    typed = ", ".join(f"{name}: any" for name in parameters.split(", "))
    return (
        f"export const config = {json.dumps(kept)}\n\n"
        f"export const handler = async ({typed}) => ({{ status: 200, body: {{}} }})\n"
    )


def write(root: Path, files: dict[str, str]) -> Path:
    """The files, in a folder that has the npm packages of the tests when one of them is TypeScript or JavaScript."""
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    if any(name.endswith((".ts", ".js")) for name in files):
        import node_packages

        node_packages.link(root)
    return root
