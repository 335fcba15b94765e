"""Log records as lines of JSON on standard output, where Lambda picks them up."""

from __future__ import annotations

import json
import sys
from typing import Any


class JsonLines:
    """A LogSink: one line a record. Standard output is looked up at each write, so that it can be redirected."""

    def write(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=repr) + "\n"
        try:
            sys.stdout.write(line)
        except UnicodeEncodeError:
            sys.stdout.write(json.dumps(record, separators=(",", ":"), default=repr) + "\n")
        sys.stdout.flush()
