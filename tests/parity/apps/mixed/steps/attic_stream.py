def can_access(subscription, auth_context):
    """Those of a floor listen to what happens on it."""
    return bool(auth_context) and int(subscription["groupId"]) in auth_context["floors"]


config = {
    "name": "attic",
    "schema": {"type": "object", "properties": {"by": {"type": "string"}}},
    "canAccess": can_access,
}
