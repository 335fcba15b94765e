"""What AWS's error answers mean: code, message, and whether trying again helps."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from motia.aws.credentials import Credentials
    from motia.aws.response import Response

# "AWS SDKs and Tools Reference Guide: retry behavior" and the error lists of SQS, DynamoDB and S3.
THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "KmsThrottled",
        "KMS.ThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgress",
        "TransactionInProgressException",
    }
)
TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "TransactionConflictException",
    }
)
SKEW = frozenset(
    {
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MESSAGE_LIMIT = 1000


def throttled(code: str, status: int) -> bool:
    """The service asks for fewer requests."""
    return code in THROTTLING or status == 429


def retryable(code: str, status: int) -> bool:
    """The same request may succeed later."""
    return throttled(code, status) or code in TRANSIENT or status in (500, 502, 503, 504)


def error_of(response: Response) -> tuple[str, str]:
    """Code and message of an error answer, JSON or XML; the status and nothing if it is neither."""
    body = response.body
    if body.lstrip()[:1] == b"{":
        code, message = _json_error(body)
    else:
        text = body[:65536].decode("utf-8", "replace")
        code, message = _element(text, "Code"), _element(text, "Message")
    code = code or response.headers.get("x-amzn-errortype", "")
    return code.rpartition("#")[2].partition(":")[0] or str(response.status), message


def request_id(response: Response) -> str:
    """What AWS Support asks for."""
    return response.headers.get("x-amzn-requestid") or response.headers.get("x-amz-request-id") or ""


def redacted(text: str, credentials: Credentials) -> str:
    """`text`, shortened and without secrets: a refused signature is answered with all that was signed."""
    for secret in (credentials.token, credentials.secret_key, credentials.access_key):
        if secret:
            text = text.replace(secret, "***")
    return text if len(text) <= _MESSAGE_LIMIT else text[:_MESSAGE_LIMIT] + "..."


def http_date(text: str) -> float | None:
    """Seconds since the epoch of a Date header, such as `Tue, 15 Nov 1994 08:12:31 GMT`; None if it is not one."""
    try:
        _, day_text, month_text, year_text, clock, _ = text.split()
        month = _MONTHS.index(month_text) + 1
        hours, minutes, seconds = map(int, clock.split(":"))
        day, year = int(day_text), int(year_text)
    except ValueError:
        return None
    # Days since the epoch in the proleptic Gregorian calendar, with years that begin in March.
    shifted = year - (month <= 2)
    era_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1 + 365 * shifted
    days = era_year + shifted // 4 - shifted // 100 + shifted // 400 - 719468
    return float(days * 86400 + hours * 3600 + minutes * 60 + seconds)


def _json_error(body: bytes) -> tuple[str, str]:
    import json

    try:
        raw = json.loads(body)
    except ValueError:
        return "", ""
    code = raw.get("__type") or raw.get("code") or ""
    message = raw.get("message") or raw.get("Message") or ""
    return str(code), str(message)


def _element(text: str, name: str) -> str:
    start = text.find(f"<{name}>")
    end = text.find(f"</{name}>", start)
    if start < 0 or end < 0:
        return ""
    value = text[start + len(name) + 2 : end]
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        value = value.replace(entity, character)
    return value
