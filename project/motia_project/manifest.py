"""`dist/motia.steps.json`: the only thing that passes from building to deploying.

The layout is that of the original (`steps` by bundle path, `streams`, `routers`) with keys of our own beside it:

    manifest   1, the version of this layout
    project    {name, runtime, node_runtime, architecture, api}
    bundles    bundle path -> {sha256, size, unzipped, handler, runtime, fingerprint}; sizes in bytes
    topics     topic -> [{name, id, fifo}], the routing table of the whole project
    noops      configurations of the Steps that are only drawn
    access     bundle path of the rules for streams that are written in TypeScript or JavaScript, if there are any

A Step entry is {type, entrypointPath, config, filePath, id, memory_mb, timeout_s, emits, queue?}; `filePath` is
relative to the project's root, so that equal sources give equal manifests. `queue`, for event Steps, is {fifo,
max_retries, visibility_timeout_s, delay_s, concurrency}. With `api: router` the API Steps carry the bundle path of
their router in `bundle`; otherwise a Step's key is its bundle.

A `streams` entry is {name, storageType, id, filePath, canAccess, bundle}; `bundle` is the path of the zip whose
function answers the WebSocket API, the same for all streams. That function asks the one of `access` for the rules it
cannot run itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FILE_NAME = "motia.steps.json"


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class ManifestQueue(_Model):
    """Queue of an event Step; times in seconds."""

    fifo: bool
    max_retries: int
    visibility_timeout_s: int
    delay_s: int = 0
    concurrency: int | None = None


class ManifestStep(_Model):
    """One Step that runs (api, event or cron)."""

    type: Literal["python", "node"]
    entrypointPath: str
    config: dict[str, Any]
    filePath: str
    id: str
    memory_mb: int
    timeout_s: int
    emits: list[str] = []
    queue: ManifestQueue | None = None
    bundle: str | None = None

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def kind(self) -> str:
        """api, event or cron."""
        return str(self.config["type"])


class ManifestStream(_Model):
    """One stream of the project."""

    name: str
    storageType: str = "default"
    id: str
    filePath: str
    canAccess: bool = False
    bundle: str | None = None


class ManifestBundle(_Model):
    """One zip: its content address, sizes in bytes, Lambda handler and runtime."""

    sha256: str
    size: int
    unzipped: int
    handler: str
    runtime: str
    fingerprint: str = ""


class ManifestProject(_Model):
    """Settings of the project that the build decided."""

    name: str
    runtime: str
    node_runtime: str
    architecture: str
    api: str


class Manifest(_Model):
    """A built project."""

    manifest: Literal[1] = 1
    project: ManifestProject
    steps: dict[str, ManifestStep]
    streams: dict[str, ManifestStream] = {}
    routers: dict[str, str] = {}
    bundles: dict[str, ManifestBundle] = {}
    topics: dict[str, list[dict[str, Any]]] = {}
    noops: list[dict[str, Any]] = []
    access: str | None = None

    def bundle_of(self, key: str) -> str:
        """Path in `bundles` of the zip that runs the Step with this key."""
        return self.steps[key].bundle or key

    @property
    def streams_bundle(self) -> str | None:
        """Path in `bundles` of the zip that answers the WebSocket API, if the project has streams."""
        return next((stream.bundle for stream in self.streams.values() if stream.bundle in self.bundles), None)

    def write(self, dist: Path) -> Path:
        """Write `motia.steps.json` into `dist`; equal manifests give equal bytes."""
        path = dist / FILE_NAME
        path.write_text(json.dumps(self.model_dump(mode="json", exclude_none=True), indent=2, sort_keys=True) + "\n")
        return path

    @classmethod
    def read(cls, dist: Path) -> Manifest:
        return cls.model_validate_json((dist / FILE_NAME).read_text())
