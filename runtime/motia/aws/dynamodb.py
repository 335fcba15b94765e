"""Amazon DynamoDB: items as Python dictionaries. Blocking; see `threads` for the asynchronous side."""

from __future__ import annotations

from motia.aws.attributes import from_item, to_attribute, to_item
from motia.aws.client import MAX_ATTEMPTS, AwsClient, backoff, encode_json
from motia.errors import AwsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from motia.aws.attributes import Item

MAX_BATCH = 25  # DynamoDB API Reference, BatchWriteItem: requests a call
MAX_BATCH_BYTES = 15 * 1024 * 1024  # of the 16 MB that BatchWriteItem takes
MAX_TRANSACTION = 100  # DynamoDB API Reference, TransactWriteItems: actions a call
CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoClient:
    """Items of tables by name. Every method raises AwsError."""

    def __init__(self, client: AwsClient | None = None) -> None:
        self.client = client or AwsClient("dynamodb")

    def get(self, table: str, key: Item, *, attributes: Sequence[str] = (), consistent: bool = True) -> Item | None:
        """The item, or None. attributes: only these."""
        parameters = {"TableName": table, "Key": to_item(key), "ConsistentRead": consistent, **_projection(attributes)}
        item = self.client.call("GetItem", parameters).get("Item")
        return from_item(item) if item is not None else None

    def put(
        self,
        table: str,
        item: Item,
        *,
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
        values: Item | None = None,
        return_old: bool = False,
    ) -> Item | None:
        """Create or replace an item; gives what it replaced if asked to. names, values: of the condition."""
        parameters = {"TableName": table, "Item": to_item(item), **_expression(condition, names, values)}
        return self._old(parameters, "PutItem", return_old)

    def delete(
        self,
        table: str,
        key: Item,
        *,
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
        values: Item | None = None,
        return_old: bool = False,
    ) -> Item | None:
        """Remove an item, if there; gives what was there if asked to."""
        parameters = {"TableName": table, "Key": to_item(key), **_expression(condition, names, values)}
        return self._old(parameters, "DeleteItem", return_old)

    def update(
        self,
        table: str,
        key: Item,
        expression: str,
        *,
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
        values: Item | None = None,
        returning: str = "NONE",
    ) -> Item | None:
        """Change attributes. returning: NONE, ALL_OLD, UPDATED_OLD, ALL_NEW or UPDATED_NEW."""
        parameters = {
            "TableName": table,
            "Key": to_item(key),
            "UpdateExpression": expression,
            "ReturnValues": returning,
            **_expression(condition, names, values),
        }
        # ADD and list_append count twice when done twice: leave that to the counted attempts, as the SDKs do.
        attributes = self.client.call("UpdateItem", parameters, idempotent=False).get("Attributes")
        return from_item(attributes) if attributes is not None else None

    def query(
        self,
        table: str,
        partition: tuple[str, Any],
        *,
        attributes: Sequence[str] = (),
        index: str | None = None,
        consistent: bool = True,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """The items of a partition in order of their sort key, page by page. partition: (attribute, value)."""
        parameters: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "#partition = :partition",
            "ConsistentRead": consistent,
            "ScanIndexForward": not descending,
            **_projection(attributes),
        }
        parameters.setdefault("ExpressionAttributeNames", {})["#partition"] = partition[0]
        parameters["ExpressionAttributeValues"] = {":partition": to_attribute(partition[1])}
        if index:
            parameters["IndexName"] = index
        left = limit
        while left is None or left > 0:
            if left is not None:
                parameters["Limit"] = left
            page = self.client.call("Query", parameters)
            for item in page.get("Items") or ():
                yield from_item(item)
            if left is not None:
                left -= len(page.get("Items") or ())
            if not page.get("LastEvaluatedKey"):
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def scan(self, table: str, *, attributes: Sequence[str] = (), consistent: bool = True) -> Iterator[Item]:
        """Every item of a table, in no order, page by page: as slow and dear as the table is large."""
        parameters = {"TableName": table, "ConsistentRead": consistent, **_projection(attributes)}
        while True:
            page = self.client.call("Scan", parameters)
            for item in page.get("Items") or ():
                yield from_item(item)
            if not page.get("LastEvaluatedKey"):
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def batch_write(self, table: str, *, puts: Sequence[Item] = (), deletes: Sequence[Item] = ()) -> None:
        """Put items and delete keys, any number, in no order; each succeeds or fails alone. What DynamoDB leaves
        unprocessed is sent again. A key must not come twice."""
        requests = [{"PutRequest": {"Item": to_item(item)}} for item in puts]
        requests += [{"DeleteRequest": {"Key": to_item(key)}} for key in deletes]
        for some in _batches(requests):
            self._write_all(table, some)

    def transact_write(self, actions: Sequence[dict[str, Any]], *, token: str) -> None:
        """All of up to 100 actions or none. actions: as TransactWriteItems takes them, attributes already typed by
        `to_item`. token: the same for a repetition, so that it is done once."""
        self.client.call("TransactWriteItems", {"TransactItems": list(actions), "ClientRequestToken": token})

    def _old(self, parameters: dict[str, Any], operation: str, return_old: bool) -> Item | None:
        if return_old:
            parameters["ReturnValues"] = "ALL_OLD"
        attributes = self.client.call(operation, parameters).get("Attributes")
        return from_item(attributes) if attributes else None

    def _write_all(self, table: str, requests: list[dict[str, Any]]) -> None:
        left = requests
        stalled = 0
        while left:
            answer = self.client.call("BatchWriteItem", {"RequestItems": {table: left}})
            # Answered by the table's name, or by its ARN if that was given.
            unprocessed = [request for some in (answer.get("UnprocessedItems") or {}).values() for request in some]
            stalled = stalled + 1 if len(unprocessed) == len(left) else 0
            if stalled >= MAX_ATTEMPTS:
                raise AwsError(
                    f"BatchWriteItem left {len(unprocessed)} requests unprocessed ({stalled} attempts)",
                    service="dynamodb",
                    code="ProvisionedThroughputExceededException",
                    status=400,
                )
            left = unprocessed
            if left:
                self.client.sleep(backoff(stalled + 1, True))


def condition_failed(error: AwsError) -> bool:
    """The call was refused because its condition did not hold."""
    return error.code == CONDITION_FAILED


def _projection(attributes: Sequence[str]) -> dict[str, Any]:
    """Placeholders, because any attribute's name may be one of DynamoDB's 573 reserved words."""
    if not attributes:
        return {}
    names = {f"#a{index}": name for index, name in enumerate(attributes)}
    return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def _expression(condition: str | None, names: Mapping[str, str] | None, values: Item | None) -> dict[str, Any]:
    given: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if names:
        given["ExpressionAttributeNames"] = dict(names)
    if values:
        given["ExpressionAttributeValues"] = to_item(values)
    return given


def _batches(requests: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    size = 0
    for request in requests:
        weight = len(encode_json(request)) if "PutRequest" in request else 0
        if some and (len(some) == MAX_BATCH or size + weight > MAX_BATCH_BYTES):
            yield some
            some, size = [], 0
        some.append(request)
        size += weight
    if some:
        yield some
