"""AWS Lambda: calling a function and waiting for what it returns. Blocking; see `threads` for the asynchronous side."""

from __future__ import annotations

import json

from motia.aws.client import AwsClient, encode_json
from motia.aws.sigv4 import quote
from motia.errors import AwsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_API = "/2015-03-31/functions"  # AWS Lambda API reference, "Invoke"
_OPERATION = "Invoke"


class FunctionClient:
    """Functions of this account, by name."""

    def __init__(self, client: AwsClient | None = None) -> None:
        self.client = client or AwsClient("lambda")

    def invoke(self, name: str, payload: Any) -> Any:
        """What the function returns for a JSON value.

        Raises AwsError, with the code `FunctionError` when the function was called and failed: it raised, ran into its
        timeout, ended its process, or did not return JSON.
        """
        path = f"{_API}/{quote(name)}/invocations"
        headers = {"content-type": "application/json"}
        response = self.client.request(_OPERATION, "POST", path, headers, encode_json(payload))
        try:
            answer = json.loads(response.body) if response.body else None
        except ValueError:
            raise _failed(name, "what it returned is not JSON") from None
        if "x-amz-function-error" in response.headers:
            raise _failed(name, _message(answer) or response.headers["x-amz-function-error"])
        return answer


def _message(answer: Any) -> str:
    """Of what Lambda says a failed function died of: {"errorMessage", "errorType"}."""
    if not isinstance(answer, dict):
        return ""
    return ": ".join(str(answer[key]) for key in ("errorType", "errorMessage") if answer.get(key))


def _failed(name: str, what: str) -> AwsError:
    return AwsError(f"the function {name} failed: {what}", service="lambda", code="FunctionError", status=200)
