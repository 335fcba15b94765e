from datetime import UTC, datetime

config = {"type": "api", "name": "Kinds", "path": "/kinds/:kind", "method": "GET", "emits": []}

KINDS = {
    "text": {"status": 200, "body": "<b>hello</b>"},
    "bytes": {"status": 200, "body": bytes(range(256)), "headers": {"content-type": "image/x-test"}},
    "null": {"status": 200, "body": None},
    "list": {"status": 201, "body": [1, 2.5, "drei", None, True]},
    "none": {"status": 204},
    "cookies": {"status": 200, "body": {}, "headers": {"Set-Cookie": ["a=1", "b=2"], "X-Number": 5}},
    "date": {"status": 200, "body": {"at": datetime(2026, 1, 2, tzinfo=UTC)}},
    "nothing": None,
    "statusless": {"body": 1},
    "nan": {"status": 200, "body": {"value": float("nan")}},
    "teapot": {"status": "418", "body": {"error": "short and stout"}, "headers": {"Access-Control-Allow-Origin": "x"}},
}


def handler(req, context):
    kind = req["pathParams"]["kind"]
    if kind == "raise":
        raise RuntimeError("a secret of the inside")
    if kind == "exit":
        raise SystemExit(3)
    return KINDS[kind]
