config = {"type": "api", "name": "StateCorners", "path": "/state-corners", "method": "POST", "emits": []}


async def attempt(call):
    try:
        return await call
    except Exception as refused:
        return f"{type(refused).__name__}: {refused}"


async def handler(req, context):
    state, group = context.state, req["body"]["group"]
    answers = {}
    answers["missing"] = await state.get(group, "missing")
    answers["set"] = await state.set(group, "b", {"n": 1})
    answers["falsy"] = [await state.set(group, f"f{i}", v) for i, v in enumerate([0, "", False, None, []])]
    answers["read falsy"] = [await state.get(group, f"f{i}") for i in range(5)]
    answers["unicode"] = await state.set(group, "clé / ключ", {"ü": "😀", "big": 2**60, "float": 0.1})
    answers["delete"] = [await state.delete(group, "b"), await state.delete(group, "b")]
    for key in ("c", "a", "b"):
        await state.set(f"{group}-order", key, key)
    answers["group"] = await state.get_group(f"{group}-order")
    answers["prefix"] = await state.getGroup(f"{group}-ord")
    answers["large"] = len(await state.set(group, "large", "x" * 600_000)) and len(await state.get(group, "large"))
    await state.clear(f"{group}-order")
    answers["cleared"] = await state.get_group(f"{group}-order")
    answers["empty key"] = await attempt(state.set(group, "", 1))
    answers["empty group"] = await attempt(state.get("", "a"))
    answers["number key"] = await attempt(state.get(group, 5))
    answers["long key"] = await attempt(state.set(group, "k" * 2000, 1))
    answers["nan"] = await attempt(state.set(group, "nan", {"a": [1.0, float("nan")]}))
    return {"status": 200, "body": answers}
