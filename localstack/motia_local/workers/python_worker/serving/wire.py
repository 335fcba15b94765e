"""A response as the bytes of HTTP/1.1."""

from __future__ import annotations

import time
from http import HTTPStatus

from motia.http import HttpResponse

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Writer:
    """Makes responses; the date is made once a second."""

    def __init__(self) -> None:
        self._second = -1
        self._date = ""

    def encode(self, response: HttpResponse, *, close: bool = False) -> bytes:
        """Head and body. close: say that the connection ends."""
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, _http_date(now)
        status = response.status
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, '')}", f"date: {self._date}"]
        sized = status in (204, 304)
        for name, value in response.headers:
            lines.append(f"{name}: {value}")
            sized = sized or name == "content-length"
        if not sized:
            lines.append(f"content-length: {len(response.body)}")
        if close:
            lines.append("connection: close")
        lines.append("\r\n")
        return "\r\n".join(lines).encode("latin-1") + response.body


def _http_date(second: int) -> str:
    """RFC 9110, section 5.6.7; in English whatever the locale a Step has set."""
    at = time.gmtime(second)
    day = f"{_DAYS[at.tm_wday]}, {at.tm_mday:02d} {_MONTHS[at.tm_mon - 1]} {at.tm_year}"
    return f"{day} {at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d} GMT"
