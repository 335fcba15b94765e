"""What a project says it needs: `requirements.txt`, else `[project].dependencies` of `pyproject.toml`.

uv reads the files themselves; this reads them to know which distributions are asked for by name, to say in which line
something is wrong, and to notice when anything that uv would see has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from motia_project.model import InvalidProject, Problem

_INCLUDE = re.compile(r"^(?:-r|--requirements?|-c|--constraints?)[ =]?\s*(?P<file>.+)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)[ =]?\s*(?P<path>.+)$")
_PER_LINE = re.compile(r"\s--(?:hash|config-settings?|global-option)[ =]\S+")
_LOCAL = re.compile(r"(?:^|@\s*)(?:file://)?(?P<path>\.{0,2}/\S+|\S+\.(?:whl|zip|tar\.gz))")


@dataclass(frozen=True)
class Line:
    """One requirement as written. file: relative to the root. number: its line, or its place in the list."""

    text: str
    file: str
    number: int


@dataclass
class Requirements:
    """source: the file uv is given, None without one. constraints: lines of `-c` files. content: everything that
    decides what is installed, comments left out. local: files and folders in lines. files: that were read."""

    root: Path
    source: str | None = None
    lines: list[Line] = field(default_factory=list)
    content: list[str] = field(default_factory=list)
    local: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lines)

    def digest(self) -> str:
        """Changes when anything does that uv would install from."""
        files = [(str(path.relative_to(self.root)), _digest(path)) for path in self.local if path.exists()]
        return hashlib.sha256(json.dumps([self.content, files]).encode()).hexdigest()

    def names(self) -> dict[str, tuple[str, ...]]:
        """Normalized name of every distribution asked for, with its extras.

        Raises InvalidProject with a Problem for every line that is not a requirement.
        """
        from packaging.requirements import InvalidRequirement, Requirement
        from packaging.utils import canonicalize_name

        names: dict[str, tuple[str, ...]] = {}
        problems = list(self.problems)
        for line in self.lines:
            text = _PER_LINE.sub("", line.text)
            try:
                requirement = Requirement(text)
            except InvalidRequirement as error:
                if not _is_location(text):
                    problems.append(_malformed(line, str(error)))
                continue
            name = canonicalize_name(requirement.name)
            names[name] = tuple(sorted({*names.get(name, ()), *requirement.extras}))
        if problems:
            raise InvalidProject(tuple(problems))
        return names

    def find(self, name: str) -> Line | None:
        """The line that asks for this distribution."""
        wanted = re.sub(r"[-_.]+", "-", name).lower()
        for line in self.lines:
            if re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line.text, maxsplit=1)[0]).lower() == wanted:
                return line
        return None


def read_requirements(root: Path) -> Requirements:
    """The requirements of the project at `root`; a file that cannot be read is among `problems`."""
    found = Requirements(root)
    if (root / "uv.toml").is_file():
        found.content.append((root / "uv.toml").read_text(encoding="utf-8"))
    if (root / "requirements.txt").is_file():
        found.source = "requirements.txt"
        _read_file(found, root / "requirements.txt", (), binding=True)
    elif (root / "pyproject.toml").is_file():
        _read_pyproject(found, root / "pyproject.toml")
    return found


def _read_pyproject(found: Requirements, path: Path) -> None:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found.problems.append(Problem(f"cannot be read as TOML: {error}", file="pyproject.toml"))
        return
    listed = data.get("project", {}).get("dependencies", [])
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        wrong = Problem("is not a list of requirements", file="pyproject.toml", key="project.dependencies")
        found.problems.append(wrong)
        return
    if listed:
        found.source = "pyproject.toml"
        found.lines = [Line(text, "pyproject.toml", number) for number, text in enumerate(listed, 1)]
        uv = data.get("tool", {}).get("uv", {})
        found.content += [*listed, json.dumps(uv, sort_keys=True, default=str)]


def _read_file(found: Requirements, path: Path, above: tuple[Path, ...], *, binding: bool) -> None:
    """One requirements file and those it includes. binding: it asks for packages; a constraints file does not."""
    name = _relative(found.root, path)
    found.files.append(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        found.problems.append(Problem("is not UTF-8 text", file=name, remedy="save it as UTF-8"))
        return
    for number, line in _logical_lines(text):
        found.content.append(line)
        if include := _INCLUDE.match(line):
            other = path.parent / include["file"].strip("\"' ")
            if not other.is_file():
                what = f"includes {include['file']}, which does not exist"
                found.problems.append(Problem(what, file=name, key=f"line {number}", value=line))
            elif other.resolve() not in above:
                is_constraint = line.lstrip("-").startswith("c")
                _read_file(found, other, (*above, path.resolve()), binding=binding and not is_constraint)
        elif editable := _EDITABLE.match(line):
            found.problems.append(
                Problem(
                    "an editable install cannot go into a bundle",
                    file=name,
                    key=f"line {number}",
                    value=line,
                    remedy=f"move the code into the project, or build a wheel of {editable['path']} and list its path",
                )
            )
        elif not line.startswith("-"):
            if local := _LOCAL.search(line):
                found.local.append((found.root / local["path"]).resolve())
            if binding:
                found.lines.append(Line(line, name, number))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines without comments, continuations joined, each with the number it starts on."""
    lines: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        start = start or number
        pending += re.sub(r"(^|\s)#.*$", "", raw.rstrip()) if not raw.rstrip().endswith("\\") else raw.rstrip()[:-1]
        if not raw.rstrip().endswith("\\"):
            if pending.strip():
                lines.append((start, " ".join(pending.split())))
            pending, start = "", 0
    if pending.strip():
        lines.append((start, " ".join(pending.split())))
    return lines


def _is_location(text: str) -> bool:
    return "://" in text or text.startswith((".", "/")) or text.endswith((".whl", ".zip", ".tar.gz"))


def _malformed(line: Line, reason: str) -> Problem:
    return Problem(
        f"is not a requirement: {reason.splitlines()[0]}",
        file=line.file,
        key=place(line),
        value=line.text,
        allowed="a name with optional extras, versions and markers, such as requests[socks]>=2.32",
    )


def implicit_pydantic() -> str:
    """The requirement that stands for a pydantic nobody lists: the major version of our own."""
    from pydantic import VERSION

    major = int(VERSION.partition(".")[0])
    return f"pydantic>={major},<{major + 1}"


def place(line: Line) -> str:
    """Where in its file a line is."""
    return f"project.dependencies[{line.number - 1}]" if line.file == "pyproject.toml" else f"line {line.number}"


def _relative(root: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def _digest(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    parts = [(str(p.relative_to(path)), p.stat().st_mtime_ns) for p in sorted(path.rglob("*")) if p.is_file()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
