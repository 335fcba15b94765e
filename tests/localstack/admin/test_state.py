"""State, seen and changed through `/__motia/state`."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from localstack.admin.conftest import Admin
from localstack.server.conftest import Site


@pytest.fixture(autouse=True)
def empty(shop: Site) -> None:
    for group in shop.live.run(shop.live.engine.state.groups()):
        shop.live.run(shop.live.engine.state.clear(group))


def fill(admin: Admin, *places: tuple[str, str, object]) -> None:
    for group, key, value in places:
        assert admin.ask("POST", "/state", {"groupId": group, "key": key, "value": value}).status == 200


def filtered(*conditions: object) -> str:
    return quote(json.dumps(list(conditions)))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "string"), (1.5, "number"), (True, "boolean"), ({"a": [1]}, "object"), ([], "array"), (None, "null")],
)
def test_a_value_is_stored_and_found(admin: Admin, shop: Site, value: object, kind: str) -> None:
    stored = admin.ask("POST", "/state", {"groupId": "g", "key": "k", "value": value}).json()
    assert stored == {"groupId": "g", "key": "k", "type": kind, "value": value}
    assert shop.state("g", "k") == value
    assert admin.get("/state") == admin.get("/state?groupId=g") == [stored]
    assert admin.get("/state/item?groupId=g&key=k") == stored
    assert admin.ask("DELETE", "/state/item?groupId=g&key=k").json() == stored
    assert admin.ask("GET", "/state/item?groupId=g&key=k").status == 404
    assert admin.ask("DELETE", "/state/item?groupId=g&key=k").status == 404


def test_groups_and_keys_are_listed(admin: Admin) -> None:
    fill(admin, ("b", "2", 1), ("b", "1", 1), ("a:c", "x/y", 1))
    assert admin.get("/state/groups") == {"groups": ["a:c", "b"]}
    assert admin.get("/state/keys?groupId=b") == {"groupId": "b", "keys": ["1", "2"]}
    assert admin.get("/state/keys?groupId=none") == {"groupId": "none", "keys": []}
    assert admin.ask("GET", "/state/keys").status == 422


def test_values_are_filtered_and_counted(admin: Admin) -> None:
    fill(admin, *(("g", f"k{n}", {"n": n, "name": f"name{n}"}) for n in range(5)))
    found = admin.get(f"/state?filter={filtered({'valueKey': 'n', 'operation': 'gte', 'value': '3'})}")
    assert [item["key"] for item in found] == ["k3", "k4"]
    both = filtered(
        {"valueKey": "n", "operation": "gte", "value": 3}, {"valueKey": "name", "operation": "endsWith", "value": "4"}
    )
    assert [item["key"] for item in admin.get(f"/state?groupId=g&filter={both}")] == ["k4"]
    one = quote('{"valueKey": "n", "operation": "isNull"}')
    assert admin.get(f"/state?filter={one}") == []
    assert len(admin.get("/state?limit=2")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "filter=%7B",
        "filter=5",
        "filter=%5B%5D%5B",
        f"filter={filtered({'valueKey': 'n'})}",
        f"filter={filtered({'valueKey': 'n', 'operation': 'like', 'value': 1})}",
        f"filter={filtered(*[{'valueKey': 'n', 'operation': 'eq'}] * 100)}",
        f"filter={'%5B' * 5000}",
    ],
)
def test_what_is_no_filter_is_refused(admin: Admin, query: str) -> None:
    answer = admin.ask("GET", f"/state?{query}")
    assert answer.status == 400
    assert answer.json()["error"]


def test_values_are_removed_by_their_ids(admin: Admin) -> None:
    fill(admin, ("g", "a", 1), ("g", "b:c", 1), ("x:y", "z", 1), ("g", "kept", 1))
    wanted = {"ids": ["g:a", "g:b:c", "g:none"], "items": [{"groupId": "x:y", "key": "z"}]}
    assert admin.ask("POST", "/state/delete", wanted).status == 204
    assert [item["key"] for item in admin.get("/state")] == ["kept"]
    assert admin.ask("POST", "/state/delete", {"ids": ["g:kept", "no colon"]}).status == 400
    assert [item["key"] for item in admin.get("/state")] == ["kept"]


def test_a_group_is_removed(admin: Admin) -> None:
    fill(admin, ("g", "a", 1), ("h", "a", 1))
    assert admin.ask("DELETE", "/state?groupId=g").status == 204
    assert admin.get("/state/groups") == {"groups": ["h"]}
    assert admin.ask("DELETE", "/state").status == 422


@pytest.mark.parametrize("name", ["a b", "a/b", "ü", "%2F", "..", "a\u0000b", "#?&=+", "😀" * 10])
def test_any_name_is_found_again(admin: Admin, name: str) -> None:
    fill(admin, (name, name, 1))
    query = urlencode({"groupId": name, "key": name})
    assert admin.get(f"/state/item?{query}")["groupId"] == name
    assert admin.get(f"/state/keys?{query}")["keys"] == [name]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"groupId": "", "key": "k", "value": 1}', 400),
        (b'{"groupId": "g", "key": "", "value": 1}', 400),
        (b'{"groupId": "%s", "key": "k"}' % (b"x" * 3000), 400),
        (b'{"groupId": "g", "key": "k", "value": NaN}', 400),
        (b'{"groupId": "g", "key": "k", "value": [1e999]}', 400),
        (b'{"groupId": "g", "key": "k", "value": "\\ud800"}', 400),
        (b'{"groupId": "\\ud800", "key": "k", "value": 1}', 400),
        (b'{"groupId": 5, "key": "k", "value": 1}', 422),
        (b'{"groupId": "g"}', 422),
        (b"[]", 422),
        (b"", 422),
        (b"{", 422),
        (b"\xff\xfe", 422),
        (b'{"groupId": "g", "key": "k", "value": %s}' % (b"9" * 5000), 400),
        (b"[" * 100_000, 400),
    ],
)
def test_what_cannot_be_stored_is_refused(admin: Admin, body: bytes, status: int) -> None:
    assert admin.ask("POST", "/state", body).status == status
    assert admin.get("/state") == []
