"""What a client and AWS see of the Node runtime is what they see of this one: the same calls, the same answers."""

from __future__ import annotations

import base64
import gzip
import json
import random
import subprocess
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import node_packages
from motia.errors import MotiaError, RequestError
from motia.http import HttpRequest, HttpResponse
from motia.http_body import _json, read_body
from motia.names import function_name, queue_name, step_id, version_prefix
from motia.paths import Router, compile_path
from motia.percent import unquote
from motia.query import parse
from motia.request import read_request
from motia.response import encode, refusal
from node_tests import compile_test

HERE = Path(__file__).parent
RANDOM = random.Random(4)
Calls = dict[str, Callable[..., Any]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[str, list[list[Any]]], list[Any]]]:
    script = compile_test(HERE / "node" / "twin.ts", node_packages.install())

    def ask(call: str, cases: list[list[Any]]) -> list[Any]:
        lines = "\n".join(json.dumps({"call": call, "args": args}) for args in cases)
        done = subprocess.run(
            ["node", "--enable-source-maps", script],
            input=lines,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    yield ask
    script.unlink()
    script.with_name(f"{script.name}.map").unlink()


def told(response: HttpResponse) -> dict[str, Any]:
    return {
        "status": response.status,
        "headers": [list(pair) for pair in response.headers],
        "body": base64.b64encode(response.body).decode(),
    }


def plain(value: Any) -> Any:
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def body(headers: dict[str, str], sent: str, limit: int) -> list[Any]:
    try:
        return [plain(value) for value in read_body(headers, base64.b64decode(sent), limit)]
    except RequestError as refused:
        if "UTF-16" in refused.what:  # TextDecoder does not say where it gave up
            raise RequestError(refused.what.partition(" at byte")[0], status=refused.status) from None
        raise


def fault(text: str) -> str | None:
    try:
        _json(text)
    except RequestError as refused:
        return refused.what.removeprefix("Malformed JSON body: ")
    return None


def is_new_wording(text: str) -> bool:
    """Python 3.13 has a sentence of its own for a comma at the end."""
    return "Illegal trailing comma" in (fault(text) or "")


def route(routes: list[list[str]], method: str, path: str) -> list[Any]:
    router = Router((one, where, at) for at, (one, where) in enumerate(routes))
    found = router.match(method, path)
    return [None if found is None else list(found), router.methods(path)]


def names(text: str, other: str) -> list[str]:
    prefix, step = version_prefix(text, other, text), step_id(other)
    return [
        prefix,
        step,
        function_name(prefix, step),
        queue_name(prefix, step, fifo=True, dead_letter=True),
        queue_name(prefix, step, fifo=False),
    ]


CALLS: Calls = {
    "query": parse,
    "unquote": unquote,
    "fault": fault,
    "body": body,
    "names": names,
    "route": route,
    "quoted": repr,
    "refusal": lambda what, status, allowed: told(refusal(RequestError(what, status=status, allowed=allowed))),
    "response": lambda result, head: told(encode(result, head=head)),
    "request": lambda headers, query: read_request(
        HttpRequest("GET", "/", query, tuple((name, value) for name, value in headers), path_params={"id": "a"})
    ),
    "pattern": lambda path: [list(compile_path(path).rank), compile_path(path).literal],
}


def texts(alphabet: str, count: int, longest: int = 30) -> list[str]:
    return ["".join(RANDOM.choices(alphabet, k=RANDOM.randrange(longest))) for _ in range(count)]


def words(parts: list[str], count: int, longest: int = 12) -> list[str]:
    return ["".join(RANDOM.choices(parts, k=RANDOM.randrange(longest))) for _ in range(count)]


def sent(*parts: bytes) -> str:
    return base64.b64encode(b"".join(parts)).decode()


def broken_json() -> Iterable[str]:
    whole = '{"a": [1, -2.5e+3, true, null, "x\\u00e9\\n"], "b": {"c": {}, "d": []}}\n '
    for _ in range(1500):
        text = list(whole)
        for _ in range(RANDOM.randrange(1, 4)):
            at = RANDOM.randrange(len(text))
            text[at : at + RANDOM.randrange(3)] = RANDOM.choice(
                ["", *'{}[],:"\\\n\t 0-1.eEuxtN', "😀", "NaN", "-Infinity"]
            )
        yield "".join(text)
    yield from (
        "",
        "  ",
        "nul",
        "-",
        "01",
        "1.",
        "1e",
        '"\ud800"',
        "tru",
        '"\x00"',
        '"\\u12"',
        '"\\',
        "[1,]",
        '{"a":1,}',
    )


def bodies() -> Iterable[list[Any]]:
    kinds = [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "image/png",
        "x/y+json; charset=utf8",
    ]
    kinds += ["text/plain; charset=latin-1", 'text/html; charset="UTF-16"', "application/json; charset=klingon", ""]
    raw = [b"", b"{}", b'{"a": [1, "\xc3\xbc"]}', b"a=1&b[]=2", b"\xff\xfe1\x00", b"\xef\xbb\xbf[1]", b"[" * 2000]
    raw += [
        b"\xe2\x82",
        b"ab\xf0\x9f\x98",
        b"\xc3\xbc\xc3",
        b"x" * 50 + b"\x80",
        b"\xed\xa0\x80",
        b'"\xf0\x9f\x98\x80"',
    ]
    raw += [
        bytes(RANDOM.choices(b"a\x80\xc3\xbc\xe2\x82\xac\xf0\x9f\xed\xa0", k=RANDOM.randrange(8))) for _ in range(60)
    ]
    yield from ([{"content-type": kind} if kind else {}, sent(one), 1000] for kind in kinds for one in raw)
    packed = gzip.compress(b"[1, 2]", mtime=0)
    squeezed = zlib.compress(b"[1, 2]")
    encoded = [
        packed,
        packed[:-3],
        packed + packed,
        packed + b"rest",
        squeezed,
        squeezed[2:-4],
        squeezed[:4],
        b"no",
        b"\x1f",
    ]
    encoded += [gzip.compress(b"[" + b" " * 5000 + b"]"), packed + b"\0\0\0", gzip.compress(packed, mtime=0), b""]
    for encoding in ("gzip", "deflate", "x-gzip", "br", "identity", "gzip, gzip", "deflate, GZIP", ""):
        yield from (
            [{"content-type": "application/json", "content-encoding": encoding}, sent(one), 2000] for one in encoded
        )


def responses() -> Iterable[list[Any]]:
    values: list[Any] = [None, "", "ü", 5, 1.5, True, [], {}, {"a": [1, None, "😀"]}, ["x"], "text"]
    kinds = ["text/plain", "application/json", "image/svg+xml", "application/problem+json", "image/png", " TEXT/CSS "]
    headers: list[Any] = [None, {}, {"X-A": ["1", 2, True, None]}, {"Content-Length": 3, "Set-Cookie": ["a", "b"]}]
    headers += [{"Content-Type": kind} for kind in [*kinds, "text/plain; charset=us-ascii"]]
    headers += [
        {"Access-Control-Allow-Origin": "x"},
        {"x": " é\t"},
        {"a b": "c"},
        {"a": "b\r\nc"},
        {"": "x"},
        {"a": "😀"},
    ]
    for status in (200, 201, "201", 204, 304, 599, 999, 101, "OK", 200.5):
        yield from (
            [{"status": status, "body": value, "headers": given}, False] for value in values for given in headers
        )
    yield from ([{"status": 200, "body": value}, True] for value in values)
    yield [{"status": 200}, False]
    yield [{"body": 1}, False]


def routes() -> Iterable[list[Any]]:
    parts = ["/", "a", "b", ":id", ":x", "*", ":id?", "é", "%C3%A9", "a%2Fb", ".", "a.b", "(", "-"]
    for _ in range(1500):
        made: list[list[str]] = []
        while len(made) < 5:
            path = "/" + "/".join(RANDOM.choices(parts[1:], k=RANDOM.randrange(4)))
            try:
                compile_path(path)
            except MotiaError:
                continue
            made.append([RANDOM.choice(["GET", "POST", "get"]), path])
        asked = "/" + "/".join(
            RANDOM.choices(["a", "b", "", "é", "%C3%A9", "a%2Fb", "a.b", "1", "%zz"], k=RANDOM.randrange(5))
        )
        yield [made, RANDOM.choice(["GET", "POST", "HEAD", "PUT"]), asked]


QS = [[text] for text, _ in json.loads((HERE / "qs_cases.json").read_text())]
CASES: dict[str, list[list[Any]]] = {
    "query": QS
    + [[text] for text in words([*"ab[]=&1+é", "[]", "[0]", "[b]", "[21]", "%5B", "%20"], 3000)],
    "unquote": [[text] for text in words(["%", "%41", "%C3%BC", "%c3", "%zz", "a", "ü", "%F0%9F%98%80", "+"], 1000)],
    "quoted": [[text] for text in texts("ab'\"\\\n\r\t\x00\x7f ü😀", 500)],
    "fault": [[text] for text in broken_json() if not is_new_wording(text)],
    "body": list(bodies()),
    "names": [[a, b] for a, b in zip(texts("abAB19-_ ./éß😀", 400, 60), texts("abAB19-_ ./éßﬁ", 400, 90), strict=True)],
    "route": list(routes()),
    "pattern": [[f"/{path}"] for path in words([*"a/*?(é", ":id", ":b", "%20", "%25"], 800, 7)] + [["a"], ["*"]],
    "refusal": [["A: b: c", 400, None], ["A", 413, "x"], ["A: ", 415, None]],
    "response": list(responses()),
    "request": [
        [[["A", "1"], ["a", "2"], ["Cookie", "x=1"], ["cookie", "y=2"], ["__proto__", "z"]], "a=1&__proto__=2"],
        [[], "o[__proto__]=1&o[constructor]=2&toString=3"],
    ],
}  # fmt: skip


@pytest.mark.parametrize("call", CASES)
def test_both_runtimes_answer_alike(call: str, ask: Callable[[str, list[list[Any]]], list[Any]]) -> None:
    differing = []
    for args, node in zip(CASES[call], ask(call, CASES[call]), strict=True):
        try:
            python: dict[str, Any] = {"value": CALLS[call](*args)}
        except MotiaError as error:
            python = {"error": [type(error).__name__, error.what]}
        if node != python:
            differing.append((args, python, node))
    assert not differing, f"{len(differing)} of {len(CASES[call])}, such as {differing[:5]}"
