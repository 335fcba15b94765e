"""DynamoDB calls, against moto and against a server that leaves things undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from motia.aws.attributes import from_attribute, to_attribute, to_item
from motia.aws.client import AwsClient
from motia.aws.dynamodb import DynamoClient, condition_failed
from motia.errors import AwsError

Serve = Callable[..., Any]
numbers = st.integers(-(10**30), 10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-1000, max_value=1000
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def table(cloud: Any) -> str:
    name: str = cloud.environ["MOTIA_STATE_TABLE"]
    return name


@pytest.fixture
def db(cloud: Any) -> DynamoClient:
    return DynamoClient(cloud.client("dynamodb", sleep=lambda _: None))


@given(values)
def test_attributes_survive_and_are_those_of_boto3(value: Any) -> None:
    encoded = json.loads(json.dumps(to_attribute(value)))
    assert from_attribute(encoded) == value
    if not holds_bytes(value):
        assert encoded == json.loads(json.dumps(TypeSerializer().serialize(value)))
        assert TypeDeserializer().deserialize(encoded) == value


def holds_bytes(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, bytes) or any(holds_bytes(item) for item in inner)


def test_sets_floats_and_refusals() -> None:
    assert from_attribute({"SS": ["a", "b"]}) == {"a", "b"}
    assert from_attribute({"NS": ["1", "2.5"]}) == {1, Decimal("2.5")}
    assert to_attribute(0.1) == {"N": "0.1"}
    assert type(from_attribute({"N": "-7"})) is int
    with pytest.raises(ValueError, match="nan"):
        to_attribute(float("nan"))
    with pytest.raises(TypeError, match="object"):
        to_attribute(object())


def test_put_get_and_delete(db: DynamoClient, table: str) -> None:
    key = {"group": "g", "key": "k"}
    assert db.get(table, key) is None
    assert db.put(table, {**key, "value": "1", "n": 5}) is None
    assert db.put(table, {**key, "value": "2"}, return_old=True) == {**key, "value": "1", "n": 5}
    assert db.get(table, key) == {**key, "value": "2"}
    assert db.get(table, key, attributes=["value"]) == {"value": "2"}
    assert db.delete(table, key, return_old=True) == {**key, "value": "2"}
    assert db.delete(table, key, return_old=True) is None


def test_conditions(db: DynamoClient, table: str) -> None:
    item = {"group": "g", "key": "k", "name": "x"}
    db.put(table, item, condition="attribute_not_exists(#k)", names={"#k": "key"})
    with pytest.raises(AwsError) as refused:
        db.put(table, item, condition="attribute_not_exists(#k)", names={"#k": "key"})
    assert condition_failed(refused.value)
    with pytest.raises(AwsError) as refused:
        db.delete(table, {"group": "g", "key": "k"}, condition="#n = :n", names={"#n": "name"}, values={":n": "y"})
    assert condition_failed(refused.value)


def test_update(db: DynamoClient, table: str) -> None:
    changed = db.update(
        table, {"group": "g", "key": "k"}, "ADD #n :one", names={"#n": "n"}, values={":one": 1}, returning="ALL_NEW"
    )
    assert changed == {"group": "g", "key": "k", "n": 1}


def test_query_goes_through_all_pages_in_order(db: DynamoClient, table: str) -> None:
    large = "x" * 300_000
    for index in range(9):
        db.put(table, {"group": "g", "key": f"k{index}", "value": large})
    db.put(table, {"group": "other", "key": "k", "value": "no"})
    assert [item["key"] for item in db.query(table, ("group", "g"))] == [f"k{index}" for index in range(9)]
    newest = db.query(table, ("group", "g"), attributes=["key"], descending=True, limit=2)
    assert list(newest) == [{"key": "k8"}, {"key": "k7"}]


def test_batches_of_any_size(db: DynamoClient, table: str) -> None:
    db.batch_write(table, puts=[{"group": "g", "key": f"{n:03}", "value": "v"} for n in range(60)])
    assert len(list(db.query(table, ("group", "g")))) == 60
    db.batch_write(table, deletes=[{"group": "g", "key": f"{n:03}"} for n in range(59)])
    assert [item["key"] for item in db.query(table, ("group", "g"))] == ["059"]


def test_a_transaction_is_all_or_nothing(db: DynamoClient, table: str) -> None:
    def put(key: str) -> dict[str, Any]:
        item = to_item({"group": "g", "key": key})
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(s3)"}}

    db.transact_write([put("a"), put("b")], token="t1")
    db.put(table, {"group": "g", "key": "a", "s3": "x"})
    with pytest.raises(AwsError, match="TransactionCanceledException"):
        db.transact_write([put("c"), put("a")], token="t2")
    assert [item["key"] for item in db.query(table, ("group", "g"))] == ["a", "b"]


def unprocessed(*keys: str) -> bytes:
    requests = [{"DeleteRequest": {"Key": to_item({"key": key})}} for key in keys]
    return json.dumps({"UnprocessedItems": {"t": requests} if requests else {}}).encode()


def test_what_is_left_unprocessed_is_sent_again(serve: Serve, answer: Any, environ: dict[str, str]) -> None:
    server = serve(answer(200, unprocessed("a", "b")), answer(200, unprocessed("b")), answer(200, unprocessed()))
    waits: list[float] = []
    db = DynamoClient(AwsClient("dynamodb", endpoint=server.url, environ=environ, sleep=waits.append))
    db.batch_write("t", deletes=[{"key": key} for key in "abc"])
    sent = [json.loads(request.body)["RequestItems"]["t"] for request in server.requests]
    assert [[r["DeleteRequest"]["Key"]["key"]["S"] for r in some] for some in sent] == [list("abc"), list("ab"), ["b"]]
    assert len(waits) == 2


def test_what_stays_unprocessed_is_an_error(serve: Serve, answer: Any, environ: dict[str, str]) -> None:
    server = serve(answer(200, unprocessed("a")))
    db = DynamoClient(AwsClient("dynamodb", endpoint=server.url, environ=environ, sleep=lambda _: None))
    with pytest.raises(AwsError, match="left 1 requests unprocessed"):
        db.batch_write("t", deletes=[{"key": "a"}])
