"""Which roles the functions of a version run under, and what each may do. Data only.

A role may send to the queues of its Steps' `emits` and nothing else. Functions share a role only when they may send to
the same queues and are of the same kind, because an account has 1,000 roles. A shared role lists its functions' log
groups and queues to consume. One Step's code cannot read the queue of another for that, nor its own: only the poller of
an event source mapping receives messages, and its calls carry no `lambda:SourceFunctionArn` (AWS Lambda Developer
Guide, "Using source function ARN to control function access behavior").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from motia.names import digest
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.function_plan import FunctionPlan
from motia_cdk.place import WIDEST, Place

POLICY_LIMIT = 10_240  # IAM quotas: characters of a role's inline policies, white space not counted

Statement = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """What decides a role's grants beside the function: the environment, and the features the project uses."""

    environment: EnvironmentRef
    streams: bool
    vpc: bool


@dataclass(frozen=True)
class RolePlan:
    """One role. id: stable while its members' grants are. members: the functions that run under it."""

    id: str
    members: tuple[FunctionPlan, ...]
    access: Access

    def statements(self, place: Place) -> list[Statement]:
        """Its policy's statements for `place`."""
        first = self.members[0]
        if first.kind == "access":  # rules get no context
            return [*_log(self.members, place), *self._network]
        if first.kind == "streams":
            clients = _stream_clients(self.access, place)
            return [*_log(self.members, place), *clients, *_call(first.calls, place), *self._network]
        return [
            *_log(self.members, place),
            *_send(first.sends, place),
            *_consume(self.members, place),
            *_tables(first, self.access, place),
            *_objects(first, self.access, place),
            *_websocket(self.access, place),
            *self._network,
        ]

    @property
    def _network(self) -> list[Statement]:
        return _NETWORK if self.access.vpc else []

    @property
    def size(self) -> int:
        """Characters of the policy at most."""
        document = {"Version": "2012-10-17", "Statement": self.statements(WIDEST)}
        return len(json.dumps(document, separators=(",", ":")))


def plan_roles(functions: Iterable[FunctionPlan], access: Access) -> tuple[RolePlan, ...]:
    """The fewest roles that give each function its own grants and no more, sorted by id."""
    groups: dict[str, list[FunctionPlan]] = {}
    for function in sorted(functions, key=lambda function: function.id):
        key = f"{function.kind}-{digest(json.dumps(function.sends), 8)}"
        groups.setdefault(key, []).append(function)
    return tuple(role for key in sorted(groups) for role in _split(key, groups[key], access))


def _split(key: str, members: list[FunctionPlan], access: Access) -> list[RolePlan]:
    """As many roles of one kind as the size limit of a policy asks for."""
    roles: list[RolePlan] = []
    current: tuple[FunctionPlan, ...] = ()
    for member in members:
        wider = RolePlan(f"{key}-{len(roles)}", (*current, member), access)
        if current and wider.size > POLICY_LIMIT:
            roles.append(RolePlan(wider.id, current, access))
            current = (member,)
        else:
            current = wider.members
    return [*roles, RolePlan(f"{key}-{len(roles)}", current, access)]


def _allow(sid: str, actions: list[str], resources: list[str] | str) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _deny_code(sid: str, actions: list[str], resource: str) -> Statement:
    """Denied to the functions' code, not to Lambda acting for the functions."""
    own_code = {"Null": {"lambda:SourceFunctionArn": "false"}}
    return {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": resource, "Condition": own_code}


def _log(members: tuple[FunctionPlan, ...], place: Place) -> list[Statement]:
    groups = [place.log_group(member.log_group) for member in members]
    return [_allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], groups)]


def _send(queues: tuple[str, ...], place: Place) -> list[Statement]:
    if not queues:
        return []
    # AWS asks for SendMessage when a batch is sent, emulators for an action named like the call
    send = ["sqs:SendMessage", "sqs:SendMessageBatch", "sqs:GetQueueUrl"]
    return [_allow("Emit", send, [place.queue(name) for name in queues])]


def _call(functions: tuple[str, ...], place: Place) -> list[Statement]:
    if not functions:
        return []
    return [_allow("Call", ["lambda:InvokeFunction"], [place.function(name) for name in functions])]


def _consume(members: tuple[FunctionPlan, ...], place: Place) -> list[Statement]:
    queues = [place.queue(member.queue_name) for member in members if member.queue_name]
    if not queues:
        return []
    poll = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    retry = ["sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"]  # the handler's own: the delay of a retry
    # Shorter than to list them twice. Their names, not paths, have the prefix in common.
    ours = queues[0] if len(queues) == 1 else commonprefix(queues) + "*"  # noqa: RUF071
    return [
        _allow("Consume", [*poll, *retry], queues),
        _deny_code("OnlyPoller", poll, ours),
    ]


_ITEMS = [
    f"dynamodb:{action}" for action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
]


def _tables(function: FunctionPlan, access: Access, place: Place) -> list[Statement]:
    environment = access.environment
    names = [environment.state_table, *([environment.stream_table] if access.streams else [])]
    statements = [_allow("Data", _ITEMS, [place.table(name) for name in names])]
    if function.kind == "cron":
        lock = ["dynamodb:DeleteItem", "dynamodb:PutItem"]
        statements.append(_allow("Lock", lock, place.table(environment.lock_table)))
    return statements


def _objects(function: FunctionPlan, access: Access, place: Place) -> list[Statement]:
    """Values too large for a table, and events too large for a queue."""
    bucket = access.environment.bucket
    values = ["state/", *(["streams/"] if access.streams else [])]
    whole = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    statements = [_allow("LargeValues", whole, [place.objects(bucket, prefix) for prefix in values])]
    events = [*(["s3:PutObject"] if function.sends else []), *(["s3:GetObject"] if function.kind == "event" else [])]
    if events:
        statements.append(_allow("LargeEvents", events, place.objects(bucket, "payloads/")))
    return statements


def _websocket(access: Access, place: Place) -> list[Statement]:
    """Tell the clients of streams, and forget those that are gone."""
    environment = access.environment
    if not (access.streams and environment.websocket_api_id):
        return []
    rooms = ["dynamodb:DeleteItem", "dynamodb:Query"]
    return [_push(environment, place), _allow("Rooms", rooms, place.table(environment.connection_table))]


def _push(environment: EnvironmentRef, place: Place) -> Statement:
    connections = place.arn("execute-api", f"{environment.websocket_api_id}/*/POST/@connections/*")
    return _allow("Push", ["execute-api:ManageConnections"], connections)


def _stream_clients(access: Access, place: Place) -> list[Statement]:
    """Keep who is connected, read streams for those who join, tell them."""
    environment = access.environment
    rooms = [f"dynamodb:{action}" for action in ("DeleteItem", "GetItem", "PutItem", "Query")]
    return [
        _allow("Rooms", rooms, place.table(environment.connection_table)),
        _allow("Items", ["dynamodb:GetItem", "dynamodb:Query"], place.table(environment.stream_table)),
        _allow("LargeItems", ["s3:GetObject"], place.objects(environment.bucket, "streams/")),
        _push(environment, place),
    ]


_NETWORK_ACTIONS = [
    f"ec2:{action}"
    for action in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "UnassignPrivateIpAddresses",
    )
]
# Lambda attaches functions to the VPC with their role; these actions know no resources.
_NETWORK = [_allow("Network", _NETWORK_ACTIONS, "*"), _deny_code("OnlyLambdaNetwork", _NETWORK_ACTIONS, "*")]
