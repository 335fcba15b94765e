"""`motia.json` at the root of a bundle: what the entry points need to know of the Steps beside it.

{"version": 1,
 "steps": [{"id", "name", "type", "file", "flows", "emits", "method"?, "path"?, "subscribes"?}],
 "topics": {"order.created": [{"name", "id", "fifo"}]},
 "streams": ["chatMessages"],
 "guards"?: {"chatMessages": "steps/chat_stream.py"},
 "remote"?: {"guards": ["orders"], "auth": true, "items": false},
 "adapters"?: ["state"]}

`file` is relative to the root of the bundle (the project's root). `topics` holds the topics that the Steps of this
bundle may emit. A bundle has one Step; a router has every API Step of its language; that of the WebSocket API has none,
and `guards`: the files of the streams that have a canAccess. `remote`: what of the streams another function answers
for, because it is written in another language. `adapters`: what `motia_config.py` in the bundle replaces.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from motia.backend import Subscriber

FILE_NAME = "motia.json"
VERSION = 1


@dataclass(frozen=True)
class StepDescriptor:
    """One Step, reduced to what running it takes."""

    id: str
    name: str
    type: str
    file: str
    flows: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()
    method: str | None = None
    path: str | None = None
    subscribes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteRules:
    """What the WebSocket API asks another function. guards: streams with a canAccess. auth: who may connect. items:
    what is in the streams, which an adapter of the project keeps."""

    guards: tuple[str, ...] = ()
    auth: bool = False
    items: bool = False


@dataclass(frozen=True)
class BundleDescriptor:
    """The Steps of a bundle, the routing table of what they emit, and the project's streams. guards, remote: above."""

    steps: tuple[StepDescriptor, ...]
    topics: dict[str, tuple[Subscriber, ...]]
    streams: tuple[str, ...] = ()
    guards: dict[str, str] = field(default_factory=dict)
    adapters: tuple[str, ...] = ()
    remote: RemoteRules | None = None

    def to_json(self) -> str:
        """Stable text: equal descriptors give equal bytes."""
        values = asdict(self)
        for key in ("guards", "adapters", "remote"):
            if not values[key]:
                del values[key]
        return json.dumps({"version": VERSION, **values}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> BundleDescriptor:
        raw = json.loads(text)
        return cls(
            steps=tuple(_step(item) for item in raw["steps"]),
            topics={
                topic: tuple(Subscriber(s["name"], s["id"], s["fifo"]) for s in subscribers)
                for topic, subscribers in raw["topics"].items()
            },
            streams=tuple(raw["streams"]),
            guards=raw.get("guards", {}),
            adapters=tuple(raw.get("adapters", ())),
            remote=_remote(raw["remote"]) if raw.get("remote") else None,
        )


def _remote(raw: dict[str, Any]) -> RemoteRules:
    return RemoteRules(tuple(raw["guards"]), bool(raw["auth"]), bool(raw.get("items")))


def _step(raw: dict[str, Any]) -> StepDescriptor:
    lists = {key: tuple(raw[key]) for key in ("flows", "emits", "subscribes")}
    return StepDescriptor(**{**raw, **lists})
