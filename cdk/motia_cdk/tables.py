"""The environment's tables: DynamoDB on demand, encrypted by default."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from motia_cdk.resource import declare, retain


class EnvironmentTables(Construct):
    """state, streams, connections, locks, deployments; `name` of each is a token.

    What users would miss is kept when the stack goes. Locks and connections live for minutes.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.state = retain(self._table("State", "group", "key", recovery=True)).ref
        self.streams = retain(self._table("Streams", "group", "id")).ref
        self.deployments = retain(self._table("Deployments", "name")).ref
        self.connections = self._table("Connections", "room", "connection", expires=True).ref
        self.locks = self._table("Locks", "name", expires=True).ref

    def _table(
        self, id: str, partition: str, sort: str | None = None, *, expires: bool = False, recovery: bool = False
    ) -> CfnResource:
        keys = {partition: "HASH"} if sort is None else {partition: "HASH", sort: "RANGE"}
        properties: dict[str, Any] = {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True} if expires else None,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True} if recovery else None,
        }
        return declare(self, id, "AWS::DynamoDB::Table", properties)
