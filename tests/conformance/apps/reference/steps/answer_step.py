from src.lib.calls import revive

config = {"type": "api", "name": "Answer", "path": "/answer", "method": "POST", "emits": []}


def handler(req, context):
    """Returns what the request describes. A plain function: it runs in a thread."""
    asked = req["body"]
    if asked.get("raise"):
        raise RuntimeError("a secret of the inside")
    if asked.get("exit"):
        raise SystemExit(1)
    return revive(asked["return"])
