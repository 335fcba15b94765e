"""Who may connect: people with a token, in the address or beside the offered protocols; and anybody without one."""

from urllib.parse import parse_qs, urlsplit

from src.people import PEOPLE


async def authenticate(request):
    offered = request["headers"].get("sec-websocket-protocol", "")
    token = offered.partition(",")[2].strip() or parse_qs(urlsplit(request["url"]).query).get("authToken", [""])[0]
    if not token:
        return None
    if token not in PEOPLE:
        raise PermissionError(f"nobody has the token {token!r}")
    return PEOPLE[token]


streamAuth = {
    "contextSchema": {"type": "object", "properties": {"name": {"type": "string"}, "staff": {"type": "boolean"}}},
    "authenticate": authenticate,
}
