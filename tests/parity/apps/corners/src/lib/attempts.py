async def count(context, name: str) -> int:
    """One more attempt under this name; how many there were."""
    made = (await context.state.get("attempts", name) or 0) + 1
    await context.state.set("attempts", name, made)
    return made
