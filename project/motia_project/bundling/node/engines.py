"""Which Node runtime of Lambda a project wants: `engines.node` of its package.json, else `node_runtime` of motia.toml.

Ranges are those of npm ("semver", docs.npmjs.com): comparators, `^`, `~`, `x`, hyphens, `||`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from motia_project.model import Problem
from motia_project.settings import NODE_RUNTIMES, Settings

Version = tuple[int, int, int]
_LAST = 1_000_000
_TERM = re.compile(r"(?P<operator>\^|~>?|>=|<=|>|<|=)?\s*v?(?P<version>[\dxX*][\w.*+-]*)")
_TERMS = re.compile(rf"(?:{_TERM.pattern.replace('?P<operator>', '?:').replace('?P<version>', '?:')}\s*)*")
_HYPHEN = re.compile(r"v?([\d.xX*]+)\s+-\s+v?([\d.xX*]+)")


def node_runtime(root: Path, settings: Settings) -> tuple[str, Problem | None]:
    """Lambda's name of the runtime, and what is wrong with what the project asks for."""
    wanted = _engines(root / "package.json")
    if wanted is None:
        return settings.node_runtime, None
    if not isinstance(wanted, str) or not is_range(wanted):
        return settings.node_runtime, Problem(
            "the range of versions cannot be read, and has no effect",
            file="package.json",
            key="engines.node",
            value=json.dumps(wanted, ensure_ascii=False),
            allowed="a range of npm, such as >=22 or ^22.4.0",
            remedy='write "engines": {"node": ">=22"}, or leave it out',
            severity="warning",
        )
    for runtime in (settings.node_runtime, *NODE_RUNTIMES):
        if admits(wanted, major(runtime)):
            return runtime, None
    return settings.node_runtime, Problem(
        "no Node runtime of AWS Lambda is in this range",
        file="package.json",
        key="engines.node",
        value=wanted,
        allowed=f"a range that admits {' or '.join(f'Node {major(runtime)}' for runtime in NODE_RUNTIMES)}",
        remedy='write "engines": {"node": ">=22"}',
    )


def major(runtime: str) -> int:
    """22 for `nodejs22.x`."""
    return int(re.sub(r"\D", " ", runtime).split()[0])


def is_range(wanted: str) -> bool:
    """Whether npm can read a range."""
    parts = (_HYPHEN.sub(lambda found: f">={found[1]} <={found[2]}", part).strip() for part in wanted.split("||"))
    return all(_TERMS.fullmatch(part) for part in parts)


def admits(wanted: str, version: int) -> bool:
    """Whether some release of a major version is in a range. A range that cannot be read admits everything."""
    first, end = (version, 0, 0), (version + 1, 0, 0)
    return any(_overlaps(part, first, end) for part in wanted.split("||"))


def _overlaps(part: str, first: Version, end: Version) -> bool:
    low, high = first, end
    text = _HYPHEN.sub(lambda found: f">={found[1]} <={found[2]}", part)
    for term in _TERM.finditer(text):
        begins, ends = _interval(term["operator"] or "", term["version"])
        low, high = max(low, begins), min(high, ends)
    return low < high


def _interval(operator: str, text: str) -> tuple[Version, Version]:
    """The versions of one comparator: from the first up to, without, the second."""
    numbers = []
    for part in re.split(r"[-+]", text)[0].split("."):
        if not part.isdigit():
            break  # x, X, *
        numbers.append(int(part))
    given = (*numbers, 0, 0, 0)
    at: Version = (given[0], given[1], given[2])
    past = _next(numbers)
    whole: Version = (_LAST, 0, 0)
    match operator:
        case ">=":
            return at, whole
        case ">":
            return past, whole
        case "<=":
            return (0, 0, 0), past
        case "<":
            return (0, 0, 0), at
        case "^":
            return at, _next(numbers[: next((i for i, n in enumerate(numbers) if n), len(numbers) - 1) + 1])
        case "~" | "~>":
            return at, _next(numbers[:2])
    return at, past


def _next(numbers: list[int]) -> Version:
    """The first version behind all that begin with these numbers."""
    if not numbers:
        return _LAST, 0, 0
    up = (*numbers[:-1], numbers[-1] + 1, 0, 0)
    return up[0], up[1] if len(numbers) > 1 else 0, up[2] if len(numbers) > 2 else 0


def _engines(path: Path) -> Any:
    try:
        wanted = json.loads(path.read_text("utf-8-sig"))["engines"]["node"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if wanted == "" else wanted
