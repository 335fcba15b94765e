"""Who may listen to streams: the project's `authenticate` when a client connects, a stream's `canAccess` when it joins.

auth = load_auth(root)                                                 # once
context = await authenticate(auth, {"authorization": "..."}, "/?token=x")
guard = load_guard(root, guard_descriptor("chat", "steps/chat_stream.py"))
allowed = await may_join(guard, {"groupId": "room-1"}, context)

Both kinds of function are the user's: sync or async, with fewer parameters if they like. What they raise is raised;
whoever asks takes every failure for a no.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motia.containment import contained
from motia.descriptor import StepDescriptor
from motia.errors import ProjectError, StepLoadError, StreamError
from motia.jsonable import jsonable
from motia.kinds import kind_of
from motia.loading import LoadedStep, load_module, positional_parameters
from motia.middleware import call
from motia.request import Request
from motia.stream_guard import find_guard


def guard_descriptor(stream: str, file: str) -> StepDescriptor:
    """The `canAccess` of a stream as something to load and run. Its id is no Step's: those have no colon."""
    return StepDescriptor(f"stream:{stream}", stream, "stream", file)


def auth_descriptor(file: str | None = None) -> StepDescriptor:
    """The stream auth of the project as something to load and run. file: of its configuration, `motia_config.py`."""
    from motia.project_config import FILE_NAME

    file = file or FILE_NAME
    return StepDescriptor("project:streamAuth", file, "auth", file)


def load_guard(root: Path, descriptor: StepDescriptor) -> LoadedStep:
    """Import a stream file for its `canAccess`. StepLoadError: it cannot be imported, or has no such function."""
    guard = find_guard(load_module(root, descriptor.file))
    if not callable(guard):
        found = "has no canAccess" if guard is None else f"has a canAccess that is {kind_of(guard)}"
        raise StepLoadError(
            f"the stream {descriptor.name!r} {found}",
            where=descriptor.file,
            remedy="give config['canAccess'] a function (subscription, auth_context)",
        )
    return _loaded(descriptor, guard)


def load_auth(root: Path, descriptor: StepDescriptor | None = None) -> LoadedStep:
    """Import `motia_config.py` for its stream auth; without one everybody may connect. StepLoadError: it is wrong."""
    from motia.project_config import load_project_config  # brings the adapters along, which few projects have

    try:
        config = load_project_config(root)
    except StepLoadError:
        raise
    except ProjectError as wrong:
        what = f"{wrong.what}; allowed: {wrong.allowed}" if wrong.allowed else wrong.what
        raise StepLoadError(what, where=wrong.where, remedy=wrong.remedy) from wrong
    auth = config.stream_auth if config else None
    return _loaded(descriptor or auth_descriptor(), _everybody if auth is None else auth.authenticate)


async def authenticate(auth: LoadedStep, headers: Mapping[str, str], url: str) -> Any:
    """What `authenticate` returns, as JSON. headers: by lower-case name. url: the request's target, with its query.

    Raises what the function raises, and StreamError when its result is not JSON.
    """
    request = Request(headers=dict(headers), url=url)
    arguments = (request,)[: auth.arity]
    result = await contained(call(auth.handler, *arguments), auth.descriptor.file)
    return jsonable(result, "the result of authenticate", StreamError)


async def may_join(guard: LoadedStep, subscription: Mapping[str, Any], context: Any) -> bool:
    """Whether `canAccess` lets a client join. subscription: {"groupId", "id"?}. context: what `authenticate` returned.

    Raises what the function raises.
    """
    asked = Request(subscription)
    arguments = (asked, Request(context) if isinstance(context, dict) else context)[: guard.arity]
    return bool(await contained(call(guard.handler, *arguments), guard.descriptor.file))


def _loaded(descriptor: StepDescriptor, function: Any) -> LoadedStep:
    parameters = positional_parameters(function)
    return LoadedStep(descriptor, function, (), min(len(parameters), 2), parameters)


async def _everybody(request: Request) -> None:
    return None
