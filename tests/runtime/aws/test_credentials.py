"""Credentials from the environment and from a container's endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from motia.aws.credentials import CredentialsError, CredentialSource

NOW = 1_800_000_000.0
Serve = Callable[..., Any]


def document(key: str = "AKID", *, minutes: float = 60) -> bytes:
    expires = datetime.fromtimestamp(NOW + minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {"AccessKeyId": key, "SecretAccessKey": "wJalr", "Token": "tok", "Expiration": expires, "RoleArn": "x"}
    ).encode()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def source(url: str, clock: Clock | None = None, **environ: str) -> CredentialSource:
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/creds?x=1", **environ}
    return CredentialSource(environ, clock=clock or Clock(), sleep=lambda _: None)


def test_from_the_environment() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"}
    found = CredentialSource(environ).get()
    assert (found.access_key, found.secret_key, found.token, found.expires) == ("A", "S", "T", None)


def test_nothing_found_says_what_to_set() -> None:
    with pytest.raises(CredentialsError, match="AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        CredentialSource({"AWS_ACCESS_KEY_ID": "only half"}).get()


def test_from_the_container_endpoint(serve: Serve, answer: Any) -> None:
    server = serve(answer(200, document()))
    credentials = source(server.url, AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer 1").get()
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("AKID", "wJalr", "tok")
    assert credentials.expires == NOW + 3600
    assert server.requests[0].target == "/creds?x=1"
    assert server.requests[0].headers["authorization"] == "Bearer 1"


def test_the_token_file_is_read_for_every_fetch_and_wins(serve: Serve, answer: Any, tmp_path: Path) -> None:
    file, clock = tmp_path / "token", Clock()
    server = serve(answer(200, document(minutes=60)))
    found = source(
        server.url, clock, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file), AWS_CONTAINER_AUTHORIZATION_TOKEN="no"
    )
    for token in ("first", "second"):
        file.write_text(token)
        found.get()
        clock.now += 3600
    assert [request.headers["authorization"] for request in server.requests] == ["first", "second"]


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX: y", "caf\u00e9"])
def test_a_token_no_header_may_hold_is_refused_and_not_repeated(serve: Serve, answer: Any, token: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        source(serve(answer(200, document())).url, AWS_CONTAINER_AUTHORIZATION_TOKEN=token).get()
    assert token not in str(refused.value)


def test_a_missing_token_file_is_named(serve: Serve, answer: Any, tmp_path: Path) -> None:
    missing = str(tmp_path / "gone")
    with pytest.raises(CredentialsError, match="gone"):
        source(serve(answer(200)).url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=missing).get()


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1", "http://169.254.169.254", "http://127.0.0.1.evil.example"]
)
def test_other_hosts_are_asked_only_over_tls(url: str) -> None:
    with pytest.raises(CredentialsError, match="without TLS"):
        source(url).get()


def test_fresh_credentials_are_kept(serve: Serve, answer: Any) -> None:
    clock = Clock()
    server = serve(answer(200, document()))
    found = source(server.url, clock)
    assert found.get() is found.get()
    clock.now += 44 * 60
    found.get()
    assert len(server.requests) == 1


def test_credentials_are_renewed_before_they_expire(serve: Serve, answer: Any) -> None:
    clock = Clock()
    server = serve(answer(200, document("old")), answer(200, document("new", minutes=120)))
    found = source(server.url, clock)
    found.get()
    clock.now += 50 * 60
    assert found.get().access_key == "new"


def test_while_one_thread_renews_the_others_go_on(serve: Serve, answer: Any, reply: Any) -> None:
    asked, go = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        go.wait(10)

    clock = Clock()
    server = serve(answer(200, document("old")), reply(answer(200, document("new", minutes=120)).parts, before=hold))
    found = source(server.url, clock)
    found.get()
    clock.now += 50 * 60
    with ThreadPoolExecutor(1) as thread:
        renewing = thread.submit(found.get)
        assert asked.wait(10)
        assert found.get().access_key == "old"
        go.set()
        assert renewing.result(10).access_key == "new"
    assert found.get().access_key == "new"
    assert len(server.requests) == 2


def test_many_threads_make_one_first_fetch(serve: Serve, answer: Any) -> None:
    server = serve(answer(200, document()))
    found = source(server.url)
    with ThreadPoolExecutor(8) as threads:
        assert {credentials.access_key for credentials in threads.map(lambda _: found.get(), range(40))} == {"AKID"}
    assert len(server.requests) == 1


def test_a_failed_renewal_is_no_error_while_the_old_ones_are_good(serve: Serve, answer: Any) -> None:
    clock = Clock()
    server = serve(answer(200, document("old")), answer(500))
    found = source(server.url, clock)
    found.get()
    clock.now += 58 * 60
    assert found.get().access_key == "old"
    asked = len(server.requests)
    assert found.get().access_key == "old"
    assert len(server.requests) == asked, "does not ask again at once"
    clock.now += 3 * 60
    with pytest.raises(CredentialsError, match="answered 500"):
        found.get()


def test_a_failing_endpoint_is_asked_three_times(serve: Serve, answer: Any, reply: Any) -> None:
    server = serve(reply((), "close"), answer(503), answer(200, document()))
    assert source(server.url).get().access_key == "AKID"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"AccessKeyId":"A","SecretAccessKey":"hunter2"}', document().replace(b"Z", b"?")],
)
def test_an_answer_without_credentials_is_not_repeated_in_the_error(serve: Serve, answer: Any, body: bytes) -> None:
    with pytest.raises(CredentialsError) as refused:
        source(serve(answer(200, body)).url).get()
    assert "hunter2" not in str(refused.value)
    assert "wJalr" not in str(refused.value)


def test_expired_ones_are_exchanged_once(serve: Serve, answer: Any) -> None:
    server = serve(answer(200, document("old")), answer(200, document("new")))
    found = source(server.url)
    old = found.get()
    assert found.expire(old) is True
    assert found.expire(old) is True, "another thread that still had the old ones"
    assert found.get().access_key == "new"
    assert len(server.requests) == 2


def test_the_environments_own_cannot_be_exchanged() -> None:
    found = CredentialSource({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"})
    assert found.expire(found.get()) is False


def test_no_secret_in_a_repr() -> None:
    found = CredentialSource({"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hunter2"})
    assert "hunter2" not in f"{found.get()!r} {found!r} {found.get()}"
    assert "AKID" not in repr(found.get())
