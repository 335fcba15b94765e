"""Steps and projects for the tests of `motia.testing`: sources in a few words."""

from __future__ import annotations

import textwrap
from pathlib import Path


def project(root: Path, *files: str) -> Path:
    """Write name, source, name, source, ... below `root`; gives `root`."""
    for name, source in zip(files[::2], files[1::2], strict=True):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    return root


def event(name: str, body: str, *, topic: str = "work", emits: str = "[]", queue: str = "") -> str:
    """An event Step that runs `body`."""
    infrastructure = f', "infrastructure": {{"queue": {{{queue}}}}}' if queue else ""
    config = f'{{"type": "event", "name": "{name}", "subscribes": ["{topic}"], "emits": {emits}{infrastructure}}}'
    return f"config = {config}\n\nasync def handler(data, context):\n" + textwrap.indent(textwrap.dedent(body), "    ")


def cron(name: str, expression: str, body: str) -> str:
    """A cron Step that runs `body`."""
    config = f'{{"type": "cron", "name": "{name}", "cron": "{expression}", "emits": ["work"]}}'
    return f"config = {config}\n\nasync def handler(context):\n" + textwrap.indent(textwrap.dedent(body), "    ")


def api(name: str, path: str, body: str, *, method: str = "GET", emits: str = "[]") -> str:
    """An API Step that runs `body`."""
    config = f'{{"type": "api", "name": "{name}", "path": "{path}", "method": "{method}", "emits": {emits}}}'
    return f"config = {config}\n\nasync def handler(req, context):\n" + textwrap.indent(textwrap.dedent(body), "    ")
