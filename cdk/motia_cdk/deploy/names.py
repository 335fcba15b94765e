"""What projects, environments and versions may be called."""

from __future__ import annotations

import re

from motia.errors import UsageError

# they become tags of every resource: AWS allows letters, digits, spaces and _ . : / = + - @ in those
_ALLOWED = re.compile(r"[\w](?:[\w .:/=+@-]{0,62}[\w.:/=+@-])?", re.ASCII)
_DESCRIPTION = 1024


def check_names(
    *, project: str | None, environment: str | None, version: str | None = None, description: str = ""
) -> None:
    """Raise UsageError for a name AWS would refuse as a tag; those that are None are not known yet."""
    for option, value in (("project name", project), ("environment name", environment), ("version name", version)):
        if value is not None and not _ALLOWED.fullmatch(value):
            raise UsageError(
                f"The {option} {value!r} cannot be used.",
                allowed="1 to 64 letters, digits, spaces and . _ : / = + - @, starting with a letter or digit",
            )
    if len(description) > _DESCRIPTION:
        raise UsageError(f"The version description has {len(description)} characters.", allowed=f"up to {_DESCRIPTION}")
