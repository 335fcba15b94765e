"""Whatever is asked of `/__motia/`, the answer is below 500, and the server serves on."""

from __future__ import annotations

import json
import random
import string
from typing import Any
from urllib.parse import quote

import pytest

from localstack.admin.conftest import Admin, order
from localstack.server.conftest import Site

WORDS = [
    *(
        "",
        ".",
        "..",
        "none",
        "Charge",
        "orders",
        "feed",
        "1",
        "-1",
        "0",
        "99999999999999999999",
        "1e999",
        "NaN",
        "null",
    ),
    *(
        "%",
        "%zz",
        "%00",
        "%2F",
        "%C0%AF",
        "%ED%A0%80",
        "'",
        '"; DROP TABLE logs; --',
        "\\",
        "{}",
        "[]",
        "😀",
        "a" * 5000,
    ),
]
NAMES = [
    "limit",
    "after",
    "before",
    "since",
    "cursor",
    "groupId",
    "key",
    "filter",
    "status",
    "level",
    "step",
    "traceId",
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 10**400, 1.5, "", "x", "\ud800", "a" * 3000, [], {}, [[[]]], {"": {}}),
    *({"x": 1, "y": 2}, {"x": "\ud800", "y": None}, ["g:k"], [":", "", "g"], [{"groupId": "g", "key": "k"}]),
]
FIELDS = ["groupId", "key", "value", "ids", "items", "id", "config", "\ud800"]


def paths(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method.upper(), template.removeprefix("/__motia"))
        for template, item in document["paths"].items()
        for method in item
    ]


def word(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return "".join(chance.choice(string.printable) for _ in range(chance.randrange(12)))
    return chance.choice(WORDS)


def encoded(text: str, chance: random.Random) -> str:
    """Percent-encoded as it should be, or only as far as a request line demands."""
    return quote(text, safe="") if chance.random() < 0.5 else quote(text, safe="%/:;,'\"{}[]\\=&+#?".replace("#", ""))


def body(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.15:
        return chance.randbytes(chance.randrange(200))
    if kind < 0.25:
        return chance.choice(
            [b"{", b"[" * 3000, b'"', b"NaN", b"1e999", b'{"value": Infinity}', b"\xef\xbb\xbf{}", b"null"]
        )
    fields = {chance.choice(FIELDS): chance.choice(VALUES) for _ in range(chance.randrange(5))}
    return json.dumps(fields if chance.random() < 0.9 else [fields]).encode()


@pytest.mark.parametrize("seed", range(6))
def test_random_requests_are_answered(admin: Admin, shop: Site, seed: int) -> None:
    chance = random.Random(seed)
    admin.get("")
    routes = paths(admin.site.call("GET", "/__motia/openapi.json").json())
    for _ in range(150):
        method, template = chance.choice(routes)
        while "{" in template:
            head, _, rest = template.partition("{")
            template = head + encoded(word(chance), chance).replace("?", "%3F") + rest.partition("}")[2]
        query = "&".join(f"{chance.choice(NAMES)}={encoded(word(chance), chance)}" for _ in range(chance.randrange(4)))
        path = f"/__motia{template}{'?' if query else ''}{query}"
        if chance.random() < 0.1:
            method = chance.choice(["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "X"])
        payload = body(chance) if method != "GET" or chance.random() < 0.1 else None
        answer = shop.call(method, path, payload, {"content-type": "application/json"})
        assert answer.status < 500, (seed, method, path, payload, answer)
        if answer.body and answer.headers["content-type"] == "application/json":
            assert answer.json() is not None
    assert order(shop, "after", 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "\xff"},
        {"origin": "\xff://"},
        {"origin": "http://["},
        {"host": "[::1"},
        {"host": "localhost:99999999"},
        {"authorization": "Bearer"},
        {"authorization": "\xff" * 100},
        {"content-type": "application/json;" * 500},
        {"sec-fetch-site": "\xff"},
        {"accept": "text/html, */*;q=x"},
        {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"},
    ],
)
def test_strange_headers_are_answered(shop: Site, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/__motia"), ("POST", "/__motia/state"), ("POST", "/emit")):
        assert shop.call(method, path, b"{}" if method == "POST" else None, headers).status < 500
