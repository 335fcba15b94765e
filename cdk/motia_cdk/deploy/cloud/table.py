"""DynamoDB: items of one table, with strings, numbers and booleans as values."""

from __future__ import annotations

from typing import Any

from motia.errors import AwsError
from motia_cdk.deploy.cloud.failures import translated

Value = str | int | float | bool | None
Item = dict[str, Value]


class Table:
    """Items of one table. Reads are consistent."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def get(self, key: dict[str, str]) -> Item | None:
        with translated("dynamodb", f"dynamodb:GetItem on {self.name}"):
            found = self._client.get_item(TableName=self.name, Key=_encode(dict(key)), ConsistentRead=True)
        return _decode(found["Item"]) if "Item" in found else None

    def all(self) -> list[Item]:
        """Every item."""
        pages = self._client.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)
        with translated("dynamodb", f"dynamodb:Scan on {self.name}"):
            return [_decode(item) for page in pages for item in page.get("Items", [])]

    def put(
        self,
        item: Item,
        *,
        condition: str | None = None,
        values: Item | None = None,
        names: dict[str, str] | None = None,
    ) -> bool:
        """Write an item. False when `condition` (a condition expression over `values` and `names`) does not hold."""
        extra: dict[str, Any] = {}
        if condition:
            extra["ConditionExpression"] = condition
        if values:
            extra["ExpressionAttributeValues"] = _encode(values)
        if names:
            extra["ExpressionAttributeNames"] = names
        return self._conditional(
            "PutItem", lambda: self._client.put_item(TableName=self.name, Item=_encode(item), **extra)
        )

    def delete(
        self,
        key: dict[str, str],
        *,
        condition: str | None = None,
        values: Item | None = None,
        names: dict[str, str] | None = None,
    ) -> bool:
        """Delete an item. False when `condition` does not hold."""
        extra: dict[str, Any] = {}
        if condition:
            extra["ConditionExpression"] = condition
        if values:
            extra["ExpressionAttributeValues"] = _encode(values)
        if names:
            extra["ExpressionAttributeNames"] = names
        return self._conditional(
            "DeleteItem", lambda: self._client.delete_item(TableName=self.name, Key=_encode(dict(key)), **extra)
        )

    def drop(self) -> None:
        """Delete the table; one that is gone is fine."""
        try:
            with translated("dynamodb", f"dynamodb:DeleteTable on {self.name}"):
                self._client.delete_table(TableName=self.name)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise

    def _conditional(self, action: str, call: Any) -> bool:
        try:
            with translated("dynamodb", f"dynamodb:{action} on {self.name}"):
                call()
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _encode(item: Item) -> dict[str, dict[str, Any]]:
    return {name: _attribute(value) for name, value in item.items() if value is not None}


def _attribute(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": repr(value)}
    return {"S": value}


def _decode(item: dict[str, dict[str, Any]]) -> Item:
    return {name: _value(attribute) for name, attribute in item.items()}


def _value(attribute: dict[str, Any]) -> Value:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return float(value) if "." in value or "e" in value.lower() else int(value)
    return None if kind == "NULL" else value
