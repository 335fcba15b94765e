"""Which Lambda functions a manifest asks for. Data only; both stacks and the checks start here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from motia.names import function_name, queue_name
from motia_project.manifest import Manifest, ManifestQueue, ManifestStep

VISIBILITY_FACTOR = 6  # AWS Lambda Developer Guide, "Using Lambda with Amazon SQS": at least six times the timeout
STREAMS = "streams_python"
STREAMS_MEMORY_MB = 512
STREAMS_TIMEOUT_S = 29  # Amazon API Gateway quotas: integration timeout of a WebSocket API
ACCESS = "access_node"
ACCESS_TIMEOUT_S = 25  # before the function of the WebSocket API gives it up


@dataclass(frozen=True)
class FunctionPlan:
    """One Lambda function: a Step, a router with every API Step of its language, what answers the WebSocket API, or
    what that asks for the rules for streams that are TypeScript or JavaScript.

    id: in resource names; that of the Step, or `router_python`, `router_node`, `streams_python` or `access_node`, which
    no Step can have. kind: api, event, cron, streams or access. bundle: key in the manifest's `bundles`. sends: names
    of the queues it may send to, sorted. calls: names of the functions it may invoke.
    """

    id: str
    kind: str
    bundle: str
    steps: tuple[ManifestStep, ...]
    prefix: str
    sends: tuple[str, ...]
    calls: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        return function_name(self.prefix, self.id)

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"

    @property
    def memory_mb(self) -> int:
        return max((step.memory_mb for step in self.steps), default=STREAMS_MEMORY_MB)

    @property
    def timeout_s(self) -> int:
        default = ACCESS_TIMEOUT_S if self.kind == "access" else STREAMS_TIMEOUT_S
        return max((step.timeout_s for step in self.steps), default=default)

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of this function alone."""
        return {"MOTIA_ACCESS_FUNCTION": self.calls[0]} if self.kind == "streams" and self.calls else {}

    @property
    def queue(self) -> ManifestQueue | None:
        """The queue it consumes; event Steps only."""
        return self.steps[0].queue if self.kind == "event" else None

    @cached_property
    def queue_name(self) -> str | None:
        queue = self.queue
        return None if queue is None else queue_name(self.prefix, self.id, fifo=queue.fifo)

    @property
    def visibility_timeout_s(self) -> int:
        """Of its queue, in seconds: as configured, else six times the function's timeout."""
        configured = self.queue.visibility_timeout_s if self.queue else 0
        return configured or VISIBILITY_FACTOR * self.timeout_s


def plan_functions(manifest: Manifest, prefix: str) -> tuple[FunctionPlan, ...]:
    """The functions of a version, in order of bundles. prefix: `motia.names.version_prefix` of the version."""
    by_bundle: dict[str, list[ManifestStep]] = {}
    for key in sorted(manifest.steps):
        by_bundle.setdefault(manifest.bundle_of(key), []).append(manifest.steps[key])
    plans = [_plan(manifest, prefix, bundle, tuple(steps)) for bundle, steps in by_bundle.items()]
    streams = manifest.streams_bundle
    if streams is not None:
        access = [FunctionPlan(ACCESS, "access", bundle, (), prefix, ())] if (bundle := manifest.access) else []
        calls = tuple(function.name for function in access)
        plans += [*access, FunctionPlan(STREAMS, "streams", streams, (), prefix, (), calls)]
    return tuple(plans)


def _plan(manifest: Manifest, prefix: str, bundle: str, steps: tuple[ManifestStep, ...]) -> FunctionPlan:
    first = steps[0]
    topics = {topic for step in steps for topic in step.emits}
    sends = {
        queue_name(prefix, subscriber["id"], fifo=subscriber["fifo"])
        for topic in topics
        for subscriber in manifest.topics.get(topic, [])
    }
    id = f"router_{first.type}" if first.bundle else first.id
    return FunctionPlan(id, first.kind, bundle, steps, prefix, tuple(sorted(sends)))
