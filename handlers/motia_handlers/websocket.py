"""Lambda entry point of the WebSocket API: who connects, what clients ask for, who has gone.

API Gateway runs this function for each of the three, several of one client's at a time. Shapes: Amazon API Gateway
developer guide, "Set up routes for WebSocket APIs" and "Set up AWS Lambda proxy integrations for WebSocket APIs". What
is returned has no body, because an emulator would send it to the client.
"""

from __future__ import annotations

import time
from typing import Any

from motia import loop
from motia import stream_protocol as protocol
from motia.aws.push import TOO_LARGE
from motia.errors import CloudError, MotiaError, StepLoadError
from motia.request import join_headers
from motia_handlers.hall import Hall, current, warm_up
from motia_handlers.sync import pieces

SYNC_S = 20  # telling a client what is there; the gateway waits 29 s for a function

_OK = {"statusCode": 200}
_REFUSED = {"statusCode": 401}
_UNAVAILABLE = {"statusCode": 503}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What Lambda calls."""
    return loop.run(handle(event, current()))


async def handle(event: dict[str, Any], hall: Hall) -> dict[str, Any]:
    """Do what one event asks for; its kind is the gateway's word, never the client's. Never raises for a client."""
    kind, client = event["requestContext"]["eventType"], event["requestContext"]["connectionId"]
    if kind == "CONNECT":
        return await _connect(event, client, hall)
    if kind == "DISCONNECT":
        await hall.clients.forget(client)
    else:
        refusal = await _answer(event, client, hall)
        if refusal is not None:
            await _tell(client, protocol.error(hall.clients.times.next(), refusal), hall)
    return _OK


async def _connect(event: dict[str, Any], client: str, hall: Hall) -> dict[str, Any]:
    headers = _headers(event)
    try:
        context = await hall.authenticate(headers, _target(event))
    except StepLoadError as broken:
        hall.report(broken)
        return _UNAVAILABLE
    except CloudError as error:
        hall.log("error", "[streams] nobody could say who a client is", error)
        return _UNAVAILABLE
    except Exception as error:
        hall.log("info", "[streams] a client was refused", error)
        return _REFUSED
    try:
        await hall.run(hall.clients.rooms.open, client, context)
    except MotiaError as error:
        hall.log("error", "[streams] a client could not be let in", error)
        return _UNAVAILABLE
    offered = headers.get("sec-websocket-protocol", "").partition(",")[0].strip()
    return {**_OK, "headers": {"Sec-WebSocket-Protocol": offered}} if offered else _OK


async def _answer(event: dict[str, Any], client: str, hall: Hall) -> protocol.Refusal | None:
    """Do what a message asks for; what is to be said against it."""
    request = protocol.read(event.get("body") or "")
    if isinstance(request, protocol.Refusal):
        return request
    subscription, asked = request.subscription, event["requestContext"]["requestTimeEpoch"]
    try:
        if isinstance(request, protocol.Join):
            return await _join(subscription, asked, client, hall)
        await hall.run(hall.clients.rooms.leave, client, subscription.key, asked)
    except MotiaError as error:
        hall.log("error", "[streams] a client could not be served", error, subscription=subscription)
        return protocol.refused(subscription, protocol.UNAVAILABLE, "The stream is not available, try again")
    return None


async def _join(subscription: protocol.Subscription, asked: int, client: str, hall: Hall) -> protocol.Refusal | None:
    """Let a client in and tell it what is there. It hears of changes before it is told, so that it misses none."""
    if subscription.stream not in hall.streams:
        return protocol.refused(subscription, protocol.ACCESS_DENIED, f"Stream {subscription.stream} not found")
    connection = await hall.run(hall.clients.rooms.connection, client)
    if connection is None:  # it has gone meanwhile
        return None
    if connection.subscriptions >= protocol.MAX_SUBSCRIPTIONS:
        most = f"A connection has at most {protocol.MAX_SUBSCRIPTIONS} subscriptions"
        return protocol.refused(subscription, protocol.TOO_MANY, most)
    if not await hall.may_join(subscription, connection.auth):
        return protocol.refused(subscription, protocol.ACCESS_DENIED, "Access denied")
    if not await hall.run(hall.clients.rooms.join, connection, subscription.key, subscription.room, asked):
        return None
    snapshot, deadline = await hall.snapshot(subscription), time.monotonic() + SYNC_S
    for told in pieces(subscription, snapshot.timestamp, snapshot.data):
        if time.monotonic() > deadline:
            what = f"the group has {len(snapshot.data)} items, which are more than can be told in {SYNC_S} s"
            hall.log("warn", "[streams] a group is too large for its subscribers", ValueError(what), subscription)
            return protocol.refused(subscription, TOO_LARGE, what)
        if not await _tell(client, told, hall):
            break
    return None


async def _tell(client: str, told: dict[str, Any], hall: Hall) -> bool:
    """Tell a client something; False, and all that was known of it gone, when it has left."""
    here = await hall.clients.post(client, told)
    if not here:
        await hall.clients.forget(client)
    return here


def _headers(event: dict[str, Any]) -> dict[str, str]:
    """The headers of the upgrade by lower-case name."""
    many = event.get("multiValueHeaders") or {name: [value] for name, value in (event.get("headers") or {}).items()}
    return join_headers((name, value) for name, values in many.items() for value in values)


def _target(event: dict[str, Any]) -> str:
    """The target of the upgrade as a server of one's own sees it: the gateway's stage is not part of it."""
    from urllib.parse import quote, urlencode

    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return "/" + (f"?{urlencode(query, doseq=True, quote_via=quote)}" if query else "")


warm_up()
