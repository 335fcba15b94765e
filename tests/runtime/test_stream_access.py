"""Who may listen: the project's `authenticate` and a stream's `canAccess`, loaded and asked."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from motia.errors import HandlerExit, StepLoadError, StreamError
from motia.stream_access import authenticate, guard_descriptor, load_auth, load_guard, may_join


def fresh(folder: Path) -> Path:
    """A project of its own: a process imports a file once."""
    return Path(mkdtemp(dir=folder))


@pytest.fixture
def guard(tmp_path: Path) -> Callable[..., bool]:
    """Ask the `canAccess` of a stream file."""

    def ask(source: str, subscription: dict[str, Any] | None = None, context: Any = None) -> bool:
        root = fresh(tmp_path)
        (root / "steps").mkdir()
        (root / "steps" / "chat_stream.py").write_text(textwrap.dedent(source))
        loaded = load_guard(root, guard_descriptor("chat", "steps/chat_stream.py"))
        return asyncio.run(may_join(loaded, subscription or {"groupId": "g"}, context))

    return ask


@pytest.fixture
def auth(tmp_path: Path) -> Callable[..., Any]:
    """Ask the stream auth of `motia_config.py`."""

    def ask(source: str | None, headers: dict[str, str] | None = None, url: str = "/") -> Any:
        root = fresh(tmp_path)
        if source is not None:
            (root / "motia_config.py").write_text(textwrap.dedent(source))
        return asyncio.run(authenticate(load_auth(root), headers or {}, url))

    return ask


@pytest.mark.parametrize(
    "source",
    [
        "config = {'canAccess': lambda subscription, context: True}",
        "config = {'can_access': lambda subscription: subscription['groupId'] == 'g'}",
        "def canAccess(): return 1",
        "async def can_access(subscription, context): return subscription.groupId == 'g'",
        "async def ask(): return True\ndef can_access(subscription, context): return ask()",
    ],
)
def test_can_access_in_all_its_forms(guard: Callable[..., bool], source: str) -> None:
    assert guard(source) is True


def test_the_config_decides_before_what_stands_beside_it(guard: Callable[..., bool]) -> None:
    source = "def canAccess(subscription): return True\nconfig = {'canAccess': lambda subscription: False}"
    assert guard(source) is False


def test_can_access_sees_what_authenticate_returned(guard: Callable[..., bool]) -> None:
    source = "def canAccess(subscription, user): return user.id == user['id'] == subscription.get('id')"
    assert guard(source, {"groupId": "g", "id": "7"}, {"id": "7"})
    assert not guard(source, {"groupId": "g", "id": "8"}, {"id": "7"})
    assert guard("def canAccess(subscription, user): return user is None")


def test_a_stream_without_can_access_cannot_be_asked(guard: Callable[..., bool]) -> None:
    with pytest.raises(StepLoadError, match="has no canAccess"):
        guard("config = {}")
    with pytest.raises(StepLoadError, match="has a canAccess that is a bool"):
        guard("config = {'canAccess': True}")


def test_what_can_access_raises_is_raised_and_sys_exit_ends_nothing(guard: Callable[..., bool]) -> None:
    with pytest.raises(ZeroDivisionError):
        guard("def canAccess(subscription): 1 / 0")
    with pytest.raises(HandlerExit):
        guard("async def canAccess(subscription): raise SystemExit(3)")


def test_authenticate_gets_headers_and_url(auth: Callable[..., Any]) -> None:
    source = """
        async def authenticate(request):
            return {"user": request.headers["x-user"], "path": request["url"]}

        streamAuth = {"authenticate": authenticate}
    """
    assert auth(source, {"x-user": "ada"}, "/s?t=1") == {"user": "ada", "path": "/s?t=1"}


def test_what_authenticate_returns_is_json(auth: Callable[..., Any]) -> None:
    source = """
        from dataclasses import dataclass
        from uuid import UUID

        @dataclass
        class User:
            id: UUID
            roles: tuple

        config = {"streamAuth": {"authenticate": lambda: User(UUID(int=7), ("a", "b"))}}
    """
    assert auth(source) == {"id": "00000000-0000-0000-0000-000000000007", "roles": ["a", "b"]}
    with pytest.raises(StreamError, match="the result of authenticate is not JSON"):
        auth("stream_auth = {'authenticate': lambda request: object()}\nvalue = 1")


def test_without_auth_everybody_is_nobody_in_particular(auth: Callable[..., Any]) -> None:
    assert auth(None) is None
    assert auth("import os\nconfig = {}") is None
    assert auth("stream_auth = None\ndef authenticate(request): return 1") is None


def test_helpers_of_a_configuration_are_nobodys_business(auth: Callable[..., Any]) -> None:
    helpers = "def authenticate(request): return 1\nADAPTERS = adapted = {}\nconfirm = auth = {'authenticate': print}"
    assert auth(f"{helpers}\nadapters = ADAPTERS\nstream_auth = {{'authenticate': authenticate}}") == 1
    assert (
        auth(f"{helpers}\nconfig = {{'streamAuth': None, 'adapters': ADAPTERS}}\n_config = {{'streamAuth': {{}}}}")
        is None
    )


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("config = 3", "`config` is an int"),
        ("config = {'streamauth': {}}", "the key 'streamauth'"),
        ("config = {'streamAuth': {}}", "streamAuth.authenticate is None"),
        ("stream_auth = {'authenticate': print, 'schema': {}}", "the key 'schema'"),
        ("1 / 0", "ZeroDivisionError"),
        ("streamauth = {'authenticate': print}", "the name 'streamauth' is none .*did you mean 'streamAuth'"),
        ("stream_auths = {'authenticate': print}", "did you mean 'streamAuth'"),
        ("config = {}\nstreamAuht = {}", "did you mean 'streamAuth'"),
        ("adapter = {'state': dict}", "the name 'adapter' is none .*did you mean 'adapters'"),
        ("Config = {'streamAuth': {'authenticate': print}}", "did you mean 'config'"),
        ("c = {'streamAuth': {'authenticate': print}}", "the name 'c' has no effect: streams are open to everybody"),
        ("auth = {'authenticate': print}", "the name 'auth' has no effect: streams are open to everybody"),
        ("async def authenticate(request): ...", "the name 'authenticate' has no effect: streams are open"),
    ],
)
def test_a_config_that_is_wrong_says_so(auth: Callable[..., Any], source: str, wrong: str) -> None:
    with pytest.raises(StepLoadError, match=wrong):
        auth(source)
