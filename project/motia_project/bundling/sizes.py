"""How big bundles are, of what, and when that is too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from motia_project.model import Problem

UNZIPPED_LIMIT = 250 * 1024 * 1024  # "Lambda quotas": deployment package, unzipped, layers included
PROJECT = "project files"  # among packages: the project's own code, and what `includeFiles` take in
ASSET_WARNING = 50 * 1024 * 1024
_SHOWN = 5


@dataclass(frozen=True)
class BundleSize:
    """Bytes of one bundle. packages: unzipped bytes by package. largest: its biggest files."""

    path: str
    steps: tuple[str, ...]
    zipped: int
    unzipped: int
    packages: dict[str, int]
    largest: tuple[tuple[str, int], ...]


def too_big(size: BundleSize) -> Problem | None:
    """The problem of a bundle that Lambda refuses."""
    if size.unzipped <= UNZIPPED_LIMIT:
        return None
    packages = sorted(size.packages.items(), key=lambda one: -one[1])[:_SHOWN]
    return Problem(
        f"the bundle of {', '.join(size.steps) or 'the streams'} is {_human(size.unzipped)} unzipped",
        file=size.path,
        value=f"packages: {_list(packages)}; files: {_list(size.largest)}",
        allowed=f"{_human(UNZIPPED_LIMIT)}, the limit of AWS Lambda",
        remedy=lighter(size.packages),
    )


def lighter(packages: Mapping[str, int]) -> str:
    """What to do about a bundle that is too big. packages: bytes by package."""
    if max(packages, key=lambda name: packages[name], default=None) == PROJECT:  # code alone is never that big
        return "take in less with `includeFiles`, and fetch large files from S3 when they are needed"
    return "import less in this Step, replace the heaviest package, or fetch large files from S3 when needed"


def render(sizes: tuple[BundleSize, ...]) -> str:
    """A table of bundles and the packages in them, heaviest first; one line for packages that several share."""
    if not sizes:
        return "no bundles"
    width = max(len(size.path) for size in sizes)
    lines = [f"{'bundle':<{width}}  {'zipped':>9}  {'unzipped':>9}  heaviest packages"]
    for size in sorted(sizes, key=lambda one: (-one.unzipped, one.path)):
        packages = sorted(size.packages.items(), key=lambda one: (-one[1], one[0]))[:3]
        lines.append(f"{size.path:<{width}}  {_human(size.zipped):>9}  {_human(size.unzipped):>9}  {_list(packages)}")
    total: dict[str, tuple[int, int]] = {}
    for size in sizes:
        for name, count in size.packages.items():
            total[name] = max(total.get(name, (0, 0))[0], count), total.get(name, (0, 0))[1] + 1
    name_width = max(len(name) for name in total)
    lines += ["", f"{'package':<{name_width}}  {'unzipped':>9}  in bundles"]
    for name, (count, bundles) in sorted(total.items(), key=lambda one: (-one[1][0], one[0])):
        lines.append(f"{name:<{name_width}}  {_human(count):>9}  {bundles}")
    return "\n".join(lines)


def _list(items: list[tuple[str, int]] | tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} {_human(count)}" for name, count in items)


def _human(count: int) -> str:
    if count >= 1024 * 1024:
        return f"{count / 1024 / 1024:.1f} MB"
    return f"{count / 1024:.1f} KB"
