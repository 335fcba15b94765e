from src.rooms import may_enter


async def can_access(subscription, auth_context):
    return may_enter(subscription["groupId"], auth_context)


config = {
    "name": "chat",
    "schema": {"type": "object", "properties": {"text": {"type": "string"}, "by": {"type": "string"}}},
    "baseConfig": {"storageType": "default"},
    "canAccess": can_access,
}
