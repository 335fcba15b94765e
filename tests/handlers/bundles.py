"""Bundles unpacked in a folder, and services that need no AWS."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from motia.descriptor import FILE_NAME, BundleDescriptor, StepDescriptor
from motia.memory import MemoryBackend
from motia_handlers.sandbox import Sandbox, open_sandbox


@dataclass
class FakeServices:
    """Services in memory. stored: by (bucket, key). made_visible: (queue, receipt handle, seconds) in order."""

    backend: MemoryBackend = field(default_factory=MemoryBackend)
    locks: set[str] = field(default_factory=set)
    stored: dict[tuple[str, str], bytes] = field(default_factory=dict)
    made_visible: list[tuple[str, str, int]] = field(default_factory=list)
    visibility_error: Exception | None = None

    async def acquire_lock(self, name: str, ttl_s: int) -> bool:
        free = name not in self.locks
        self.locks.add(name)
        return free

    async def change_visibility(self, queue: str, receipt_handle: str, timeout_s: int) -> None:
        if self.visibility_error:
            raise self.visibility_error
        self.made_visible.append((queue, receipt_handle, timeout_s))

    async def fetch_payload(self, bucket: str, key: str) -> bytes:
        return self.stored[bucket, key]


def unpack(root: Path, sources: dict[str, str], *steps: StepDescriptor) -> None:
    """Write a bundle: sources by file, and its motia.json."""
    for file, source in sources.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    (root / FILE_NAME).write_text(BundleDescriptor(steps, {}).to_json())


def sandbox_of(root: Path, source: str, services: FakeServices, **step: str) -> Sandbox:
    """A sandbox of a bundle with one Step, `steps/work_step.py`."""
    described = StepDescriptor(id="work", name="Work", file="steps/work_step.py", **{"type": "event", **step})
    unpack(root, {described.file: source}, described)
    return open_sandbox(root, services)


def event_of(name: str) -> dict[str, object]:
    """A recorded Lambda event."""
    text = (Path(__file__).parent / "events" / f"{name}.json").read_text()
    event: dict[str, object] = json.loads(text)
    return event
