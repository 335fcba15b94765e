"""The sandbox of the WebSocket API's function: the project's rules for streams, and its way to the clients."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from motia.aws.access import RemoteAccess, RuleError
from motia.aws.push import WebSocketPusher
from motia.aws.sandbox import AwsBackend
from motia.aws.streams import DynamoStreams, Snapshot
from motia.backend import NoTrace
from motia.descriptor import FILE_NAME, BundleDescriptor, RemoteRules
from motia.errors import ProjectError, StepLoadError
from motia.ids import new_trace_id
from motia.loading import LoadedStep
from motia.logger import Logger
from motia.stream_access import authenticate, guard_descriptor, load_auth, load_guard, may_join
from motia.stream_protocol import Subscription
from motia_handlers.sandbox import bundle_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia_handlers.adapted import AdaptedStreams

P = ParamSpec("P")
R = TypeVar("R")


class Hall:
    """Holds what outlives an invocation. root: the unpacked bundle. clients: who is connected, and the way to them."""

    def __init__(self, root: Path, descriptor: BundleDescriptor, backend: AwsBackend) -> None:
        self.streams = frozenset(descriptor.streams)
        self.clients: WebSocketPusher = backend.clients()
        self._root = root
        self._guards = descriptor.guards
        self._remote = descriptor.remote or RemoteRules()
        self._backend = backend
        self._adapted = bool(descriptor.adapters)
        self._streams: DynamoStreams | AdaptedStreams | None = None
        self._auth: LoadedStep | None = None
        self._loaded: dict[str, LoadedStep] = {}

    async def authenticate(self, headers: Mapping[str, str], url: str) -> Any:
        """The auth context of a client that wants to connect; raises what refuses it. headers: by lower-case name.

        StepLoadError when the config file cannot be used, CloudError when the function that knows cannot be asked: the
        next call tries again.
        """
        if self._remote.auth:
            return await self._backend.access().authenticate(headers, url)
        return await authenticate(self.auth(), headers, url)

    def auth(self) -> LoadedStep:
        """The project's stream auth in Python. StepLoadError as above."""
        if self._auth is None:
            self._auth = load_auth(self._root)
        return self._auth

    def guard(self, stream: str) -> LoadedStep | None:
        """The `canAccess` of a stream, if it has one. StepLoadError as above."""
        if stream not in self._guards:
            return None
        if stream not in self._loaded:
            self._loaded[stream] = load_guard(self._root, guard_descriptor(stream, self._guards[stream]))
        return self._loaded[stream]

    async def may_join(self, subscription: Subscription, context: Any) -> bool:
        """Whether a client with this auth context may join. Whatever goes wrong is a no, and a record in the log."""
        stream, asked = subscription.stream, subscription.for_access()
        try:
            if stream in self._remote.guards:
                return await self._backend.access().may_join(stream, asked, context)
            guard = self.guard(stream)
            return guard is None or await may_join(guard, asked, context)
        except StepLoadError as broken:
            self.report(broken)
            return False
        except Exception as error:
            self.log("error", "[streams] canAccess failed, access denied", error, subscription=subscription)
            return False

    async def snapshot(self, subscription: Subscription) -> Snapshot:
        """What is there for a client that has joined. Raises AwsError; StreamError, StepLoadError of an adapter."""
        return await self._store().snapshot(subscription.stream, subscription.group, subscription.id)

    def _store(self) -> DynamoStreams | AdaptedStreams | RemoteAccess:
        """Where the streams are; with an adapter of the project's own, what is asked of it. StepLoadError."""
        if self._remote.items:
            return self._backend.access()
        if not self._adapted:
            assert isinstance(self._backend.streams, DynamoStreams)
            return self._backend.streams
        if self._streams is None:
            from motia_handlers.adapted import load_streams

            self._streams = load_streams(self._backend, self._root)
        return self._streams

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """A blocking call, beside the event loop."""
        return await self._backend.threads.run(function, *args, **kwargs)

    def load(self) -> None:
        """Import everything now; what fails is reported, and tried again when it is needed."""
        for stream in (None, *self._guards):
            try:
                if stream is not None:
                    self.guard(stream)
                elif not self._remote.auth:
                    self.auth()
            except StepLoadError as broken:
                self.report(broken)

    def report(self, broken: StepLoadError) -> None:
        """One error record with the user's part of the traceback."""
        error = {"message": str(broken), "stack": broken.traceback, "name": "StepLoadError"}
        self._logger().error(broken.what, {"error": error})

    def log(self, level: str, message: str, error: Exception, subscription: Subscription | None = None) -> None:
        """A record about a client."""
        where = {"stream": subscription.stream, **subscription.for_access()} if subscription else {}
        getattr(self._logger(), level)(message, {"error": _described(error), **where})

    def _logger(self) -> Logger:
        return Logger("streams", new_trace_id(), [], self._backend.logs, NoTrace())


def _described(error: Exception) -> Exception | dict[str, str]:
    """What a rule raised elsewhere is shown as if it had been raised here."""
    if isinstance(error, RuleError):
        return {"message": error.what, "stack": error.stack, "name": error.name}
    return error


def open_hall(root: Path, backend: AwsBackend | None = None) -> Hall:
    """Read the bundle at `root` and import its rules. ProjectError, CloudError when that is not possible."""
    try:
        descriptor = BundleDescriptor.from_json((root / FILE_NAME).read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise ProjectError(
            f"the bundle has no readable {FILE_NAME}: {bad}", where=str(root), remedy="build and deploy it again"
        ) from bad
    if backend is None:
        from motia.aws import backend as sandbox_backend

        backend = sandbox_backend(descriptor)
    hall = Hall(root, descriptor, backend)
    hall.load()
    return hall


_current: Hall | None = None


def current() -> Hall:
    """This process's."""
    global _current
    if _current is None:
        _current = open_hall(bundle_root())
    return _current


def warm_up() -> None:
    """Open it while Lambda initialises the function, before the first event; elsewhere do nothing."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        current()
        sys.stdout.flush()
