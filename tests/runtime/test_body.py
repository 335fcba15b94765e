"""A request's body, by its content type; nothing is thrown away and nothing is a server error."""

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.errors import RequestError
from motia.http_body import read_body

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def read(kind: str | None, sent: bytes, limit: int = 1000, **headers: str) -> tuple[Any, str | bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_body({**given, **({"content-type": kind} if kind else {})}, sent, limit)


@pytest.mark.parametrize(
    ("kind", "sent", "body", "raw"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}, '{"a": 1}'),
        ("Application/JSON; charset=UTF-8", '"ü"'.encode(), "ü", '"ü"'),
        ("application/json; charset=utf-16", '{"a": 1}'.encode("utf-16"), {"a": 1}, '{"a": 1}'),
        ("application/json", b"\xef\xbb\xbf[1]", [1], "[1]"),
        ("application/json", b"5", 5, "5"),
        ("application/json", b"null", None, "null"),
        ("application/vnd.api+json", b"[]", [], "[]"),
        ("application/x-www-form-urlencoded", b"b=2&b=3&c[d]=4", {"b": ["2", "3"], "c": {"d": "4"}}, "b=2&b=3&c[d]=4"),
        ("text/plain", "ü".encode(), "ü", "ü"),
        ("text/plain; charset=iso-8859-1", b"\xfc", "ü", "ü"),
        ("text/html", b"<b>", "<b>", "<b>"),
        ("multipart/form-data; boundary=x", b"--x\r\n", b"--x\r\n", b"--x\r\n"),
        ("application/octet-stream", b"\x00\xff", b"\x00\xff", b"\x00\xff"),
        ("application/xml", b"<a/>", b"<a/>", b"<a/>"),
        (None, b"abc", b"abc", b"abc"),
        (None, b"", {}, ""),
        ("application/json", b"", {}, ""),
        ("text/plain", b"", {}, ""),
    ],
)
def test_a_body_is_read_by_its_content_type(kind: str | None, sent: bytes, body: Any, raw: str | bytes) -> None:
    assert read(kind, sent) == (body, raw)


@pytest.mark.parametrize(
    ("kind", "sent", "status", "what"),
    [
        ("application/json", b'{"a": ', 400, "Malformed JSON body"),
        ("application/json", b"  ", 400, "Malformed JSON body"),
        ("application/json", b'{"a": NaN}', 400, "Malformed JSON body: NaN is not JSON"),
        ("application/json", b"[-Infinity]", 400, "Malformed JSON body: -Infinity is not JSON"),
        ("application/json", b"1" * 900 * 5, 400, "Malformed JSON body"),
        ("application/json", b"[" * 200_000, 400, "Malformed JSON body: nested too deeply"),
        ("application/json", b'"\xff"', 400, "Body is not valid UTF-8 at byte 1"),
        ("text/plain", b"\xff", 400, "Body is not valid UTF-8 at byte 0"),
        ("text/plain; charset=klingon", b"x", 415, "Unknown charset 'klingon'"),
        ("text/plain; charset=base64", b"x", 415, "Unknown charset 'base64'"),
    ],
)
def test_what_cannot_be_read_is_the_clients_error(kind: str, sent: bytes, status: int, what: str) -> None:
    with pytest.raises(RequestError) as refused:
        read(kind, sent, limit=1_000_000)
    assert refused.value.status == status
    assert refused.value.what.startswith(what)


RAW_DEFLATE = zlib.compressobj(wbits=-15)
RAW = RAW_DEFLATE.compress(b"[1, 2]") + RAW_DEFLATE.flush()


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("gzip", gzip.compress(b"[1, 2]", mtime=0)),
        ("x-gzip", gzip.compress(b"[1, 2]", mtime=0)),
        ("gzip", gzip.compress(b"[1, ", mtime=0) + gzip.compress(b"2]", mtime=0)),
        ("deflate", zlib.compress(b"[1, 2]")),
        ("deflate", RAW),
        ("identity", b"[1, 2]"),
        ("deflate, GZIP", gzip.compress(zlib.compress(b"[1, 2]"), mtime=0)),
    ],
)
def test_a_compressed_body_is_inflated(encoding: str, sent: bytes) -> None:
    assert read("application/json", sent, content_encoding=encoding) == ([1, 2], "[1, 2]")


@pytest.mark.parametrize(
    ("encoding", "sent", "status"),
    [
        ("br", b"x", 415),
        ("gzip", b"not gzip", 400),
        ("gzip", gzip.compress(b"[1, 2]", mtime=0)[:-3], 400),
        ("deflate", b"\xff\xff\xff", 400),
    ],
)
def test_a_body_that_cannot_be_inflated_is_the_clients_error(encoding: str, sent: bytes, status: int) -> None:
    with pytest.raises(RequestError) as refused:
        read("application/json", sent, content_encoding=encoding)
    assert refused.value.status == status


def test_a_body_over_the_limit_is_too_large_sent_or_inflated() -> None:
    bomb = gzip.compress(b"0" * 50_000_000, mtime=0)
    for sent, headers in ((b"0" * 1001, {}), (bomb[:0] + bomb, {"content_encoding": "gzip"})):
        with pytest.raises(RequestError) as refused:
            read("text/plain", sent, limit=len(sent) if headers else 1000, **headers)
        assert refused.value.status == 413
    assert read("text/plain", b"0" * 1000)[0] == "0" * 1000
    assert read("text/plain", gzip.compress(b"0" * 1000, mtime=0), content_encoding="gzip")[0] == "0" * 1000


@given(JSON)
def test_json_bodies_come_back(value: Any) -> None:
    assert read("application/json", json.dumps(value).encode(), limit=10**9)[0] == value


@given(st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded", "image/png", None]),
       st.sampled_from(["", "gzip", "deflate", "br", "gzip, deflate"]), st.binary())  # fmt: skip
def test_any_bytes_are_read_or_refused(kind: str | None, encoding: str, sent: bytes) -> None:
    try:
        read(kind, sent, content_encoding=encoding)
    except RequestError as refused:
        assert refused.status in (400, 413, 415)
