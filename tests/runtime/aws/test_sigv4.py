"""SigV4 against botocore: the same request at the same time has the same signature."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import patch
from urllib.parse import quote as standard_quote

import botocore.auth
import botocore.config
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from motia.aws.credentials import Credentials
from motia.aws.sigv4 import Signer, quote, quote_path

text = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
segments = st.lists(
    st.one_of(text, st.sampled_from(["", ".", "..", "a b", "é/ü", "%2F", "~", "a+b", "x=1&y"])), max_size=5
)
paths = segments.map(lambda parts: "/" + quote_path("/".join(parts)))
pairs = st.lists(st.tuples(text, st.none() | text), max_size=5)
queries = pairs.map(lambda many: "&".join(quote(k) if v is None else f"{quote(k)}={quote(v)}" for k, v in many))
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
header_names = st.sampled_from(
    ["content-type", "x-amz-target", "x-amz-meta-a", "accept", "user-agent", "range", "x-amzn-trace-id", "expect", "te"]
)
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
times = st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2099, 1, 1)).map(lambda t: t.replace(microsecond=0))
requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]),
        "path": paths,
        "query": queries,
        "headers": st.dictionaries(header_names, header_values, max_size=5),
        "body": st.binary(max_size=200),
        "host": st.sampled_from(["sqs.eu-west-1.amazonaws.com", "b.s3.amazonaws.com", "localhost:4566", "[::1]:8000"]),
        "region": st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
        "access_key": keys,
        "secret_key": keys,
        "token": st.just("") | keys,
        "when": times,
    }
)


def ours(
    service: str, request: dict[str, Any], *, unsigned: bool = False, signer: Signer | None = None
) -> dict[str, str]:
    signer = signer or Signer(service, request["region"])
    now = request["when"].replace(tzinfo=dt.UTC).timestamp()
    return signer.sign(
        request["method"],
        request["path"],
        request["query"],
        {**request["headers"], "host": request["host"]},
        request["body"],
        Credentials(request["access_key"], request["secret_key"], request["token"]),
        now,
        unsigned_payload=unsigned,
    )


def botocores(service: str, request: dict[str, Any], *, unsigned: bool = False) -> dict[str, str]:
    url = f"https://{request['host']}{request['path']}" + (f"?{request['query']}" if request["query"] else "")
    signed = AWSRequest(method=request["method"], url=url, headers=dict(request["headers"]), data=request["body"])
    signed.headers["host"] = request["host"]
    auth_class = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    if unsigned:
        signed.context["payload_signing_enabled"] = False
        signed.context["client_config"] = botocore.config.Config(s3={"payload_signing_enabled": False})
    credentials = BotocoreCredentials(request["access_key"], request["secret_key"], request["token"] or None)
    with patch("botocore.auth.get_current_datetime", return_value=request["when"]):
        auth_class(credentials, service, request["region"]).add_auth(signed)
    return {name.lower(): value for name, value in signed.headers.items()}


@pytest.mark.parametrize("service", ["sqs", "dynamodb", "execute-api", "s3"])
@settings(max_examples=250, deadline=None)
@given(request=requests)
def test_signs_as_botocore_does(service: str, request: dict[str, Any]) -> None:
    assert ours(service, request) == botocores(service, request)


@pytest.mark.parametrize("service", ["s3", "execute-api"])
@settings(max_examples=100, deadline=None)
@given(request=requests)
def test_leaves_the_payload_unsigned_as_botocore_does(service: str, request: dict[str, Any]) -> None:
    assert ours(service, request, unsigned=True) == botocores(service, request, unsigned=True)


@settings(max_examples=50, deadline=None)
@given(first=requests, second=requests)
def test_what_is_cached_for_one_request_does_not_leak_into_the_next(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    signer = Signer("sqs", "eu-central-1")
    for request in (first, second, first):
        expected = botocores("sqs", {**request, "region": "eu-central-1"})
        assert ours("sqs", request, signer=signer) == expected


@given(value=st.text(st.characters(blacklist_categories=("Cs",))))
def test_quotes_as_the_standard_library_does(value: str) -> None:
    assert quote(value) == standard_quote(value, safe="~")
    assert quote_path(value) == standard_quote(value, safe="/~")
