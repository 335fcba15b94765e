"""Who may use `/__motia/` and `POST /emit`."""

from __future__ import annotations

import pytest

from motia_local.server.guard import Guard, is_loopback

JSON = ("content-type", "application/json")
LOCAL = ("host", "localhost:3000")


def admin(*headers: tuple[str, str], host: str = "127.0.0.1", method: str = "GET", token: str | None = None) -> int:
    refusal = Guard(host, token).admin(method, headers)
    return refusal.status if refusal else 200


def emit(*headers: tuple[str, str], host: str = "127.0.0.1", token: str | None = None) -> int:
    refusal = Guard(host, token).emit(headers)
    return refusal.status if refusal else 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "app.localhost"])
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil-localhost", "0.0.0.0", "", "1"],
)
def test_names_that_only_look_like_it(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "LOCALHOST", "a.localhost:1"])
def test_a_program_on_this_machine_may_ask(host: str) -> None:
    assert admin(("host", host)) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:3000",
        "127.0.0.1.evil.example",
        "192.168.0.7:3000",
        "0.0.0.0:3000",
        "localhost@evil.example",
        "[",
        "",
    ],
)
def test_a_name_that_was_pointed_at_this_machine_is_refused(host: str) -> None:
    assert admin(("host", host)) == 403
    assert emit(("host", host)) == 403


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert admin() == 403
    assert admin(LOCAL, ("host", "evil.example")) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "http://localhost",
        "",
        "localhost:3000",
    ],
)
def test_only_pages_of_the_server_itself_may_ask(origin: str) -> None:
    assert admin(LOCAL, ("origin", origin)) == 403
    assert admin(LOCAL, ("origin", "http://localhost:3000")) == 200
    assert admin(LOCAL, ("origin", "http://localhost:3000"), ("origin", origin)) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_elsewhere_embeds_or_links_to_is_refused(site: str) -> None:
    assert admin(LOCAL, ("sec-fetch-site", site)) == 403
    assert admin(LOCAL, ("sec-fetch-site", "same-origin")) == 200
    assert admin(LOCAL, ("sec-fetch-site", "none")) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_what_a_form_can_send_changes_nothing(method: str, kind: str) -> None:
    assert admin(LOCAL, ("content-type", kind), method=method) == 415
    assert admin(LOCAL, ("content-type", "application/json; charset=utf-8"), method=method) == 200


def test_pages_of_this_machine_may_emit_json_and_programs_anything() -> None:
    assert emit(LOCAL, ("origin", "http://localhost:5173"), JSON) == 200
    assert emit(LOCAL, ("origin", "http://localhost:5173"), ("content-type", "text/plain")) == 415
    assert emit(LOCAL, ("content-type", "application/x-www-form-urlencoded")) == 200
    assert emit(LOCAL, ("origin", "https://evil.example"), JSON) == 403
    assert emit(LOCAL, ("origin", "null"), JSON) == 403


def bearer(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7"])
def test_a_server_that_others_reach_wants_a_token(host: str) -> None:
    for check in (admin, emit):
        assert check(LOCAL, JSON, host=host, token="secret") == 401
        assert check(LOCAL, JSON, bearer("other"), host=host, token="secret") == 401
        assert check(LOCAL, JSON, ("authorization", "Basic secret"), host=host, token="secret") == 401
        assert check(LOCAL, JSON, bearer("sécret"), host=host, token="secret") == 401
        assert check(LOCAL, JSON, bearer("secret"), host=host, token="secret") == 200


def test_a_token_is_made_when_none_is_given() -> None:
    one, other = Guard("0.0.0.0"), Guard("0.0.0.0", "")
    assert one.token_is_new
    assert other.token_is_new
    assert one.token != other.token
    assert len(one.token or "") >= 32
    assert not Guard("0.0.0.0", "secret").token_is_new
    assert Guard("127.0.0.1", "secret").token is None


def test_the_token_does_not_open_the_door_to_pages_elsewhere() -> None:
    assert (
        admin(("host", "192.168.0.7:3000"), ("origin", "https://evil.example"), bearer("s"), host="0.0.0.0", token="s")
        == 403
    )
    own = ("origin", "http://192.168.0.7:3000")
    assert admin(("host", "192.168.0.7:3000"), own, bearer("s"), host="0.0.0.0", token="s") == 200
    assert emit(("host", "192.168.0.7:3000"), own, JSON, bearer("s"), host="0.0.0.0", token="s") == 200


def test_a_server_on_one_address_answers_to_it_and_to_this_machines_names() -> None:
    for name, status in (("192.168.0.7:3000", 200), ("localhost:3000", 200), ("evil.example", 403)):
        assert admin(("host", name), bearer("s"), host="192.168.0.7", token="s") == status
