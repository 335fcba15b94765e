"""What an install of the requirements contains: its distributions, what each lets one import, what each needs."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from email.parser import HeaderParser
from pathlib import Path

from motia_project.bundling.target import Target

_KEPT_METADATA = ("METADATA", "entry_points.txt")  # what importlib.metadata is asked for at run time
_USES_TESTS = re.compile(rb"^\s*(?:from|import)\s+[\w.]*\btests\b", re.MULTILINE)
_MODULE = re.compile(r"^(?P<name>[^./]+)(?:\.py|\.(?:[\w-]+\.)*(?:so|pyd))$")


@dataclass(frozen=True)
class Distribution:
    """One installed distribution, normalized name.

    files: [path, hash, executable] below the install, the ones a bundle takes. requires: extra ("" for none) ->
    [name, [extras]] on this target. digest: of everything a bundle gets of it.
    """

    name: str
    version: str
    files: list[tuple[str, str, bool]]
    requires: dict[str, list[tuple[str, list[str]]]]
    digest: str


@dataclass(frozen=True)
class Index:
    """modules: dotted name of a top-level package or module -> distributions that provide it. namespaces: dotted
    names that several share -> those that have an `__init__` there. listed: distributions the project asks for."""

    digests: dict[str, str]
    versions: dict[str, str]
    requires: dict[str, dict[str, list[tuple[str, list[str]]]]]
    modules: dict[str, list[str]]
    namespaces: dict[str, list[str]]
    listed: dict[str, list[str]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Index:
        return cls(**json.loads(text))

    def owners(self, dotted: str) -> list[str] | None:
        """Distributions that importing this module needs; None when none has it."""
        parts = dotted.split(".")
        for end in range(1, len(parts) + 1):
            prefix = ".".join(parts[:end])
            if prefix in self.modules:
                return self.modules[prefix]
            if prefix not in self.namespaces:
                return None
        return self.namespaces[dotted]

    def closure(self, names: Iterable[str]) -> set[str]:
        """These distributions and all they need on the target.

        A distribution that the project itself lists counts as wanted wherever some extra names it: listing
        email-validator beside pydantic is how people ask for pydantic's e-mail type.
        """
        pending: list[tuple[str, str]] = []
        seen: set[tuple[str, str]] = set()

        def want(name: str, extras: Iterable[str]) -> None:
            if name in self.digests:
                pending.extend((name, extra) for extra in ("", *extras, *self.listed.get(name, ())))

        for name in names:
            want(name, ())
        while pending:
            name, extra = pending.pop()
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for needed, extras in self.requires[name].get(extra, ()):
                want(needed, extras)
            for offers in self.requires[name].values() if not extra else ():
                for needed, extras in offers:
                    if needed in self.listed:
                        want(needed, extras)
        return {name for name, _ in seen}


def build_index(distributions: list[Distribution], listed: dict[str, tuple[str, ...]]) -> Index:
    """Index of an install; `listed` as `Requirements.names` gives it."""
    modules, namespaces = _modules(distributions)
    return Index(
        digests={d.name: d.digest for d in distributions},
        versions={d.name: d.version for d in distributions},
        requires={d.name: d.requires for d in distributions},
        modules=modules,
        namespaces=namespaces,
        listed={name: list(extras) for name, extras in listed.items()},
    )


def read_distributions(site: Path, target: Target) -> list[Distribution]:
    """Every distribution installed in `site`, by name."""
    environment = target.marker_environment()
    return [_read(site, info, environment) for info in sorted(site.glob("*.dist-info")) if (info / "METADATA").exists()]


def _read(site: Path, info: Path, environment: dict[str, str]) -> Distribution:
    from packaging.utils import canonicalize_name

    metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8", errors="replace"))
    required = [str(text) for text in metadata.get_all("Requires-Dist", [])]
    offered = [str(extra) for extra in metadata.get_all("Provides-Extra", [])]
    files = sorted(_files(site, info, keep_stubs=any(text.startswith("lazy") for text in required)))
    name, version = canonicalize_name(str(metadata["Name"])), str(metadata["Version"])
    requires = _requires(required, offered, environment)
    digest = hashlib.sha256(json.dumps([name, version, files]).encode()).hexdigest()
    return Distribution(name, version, files, requires, digest)


def _requires(
    required: list[str], offered: list[str], environment: dict[str, str]
) -> dict[str, list[tuple[str, list[str]]]]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, list[tuple[str, list[str]]]] = {"": []}
    for text in required:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # old metadata; uv could not have resolved it either
            continue
        needed = str(canonicalize_name(requirement.name)), sorted(requirement.extras)
        marker = requirement.marker
        if marker is None or marker.evaluate({**environment, "extra": ""}):
            found[""].append(needed)
            continue
        for extra in offered:
            if marker.evaluate({**environment, "extra": extra}):
                found.setdefault(extra, []).append(needed)
    return found


def _files(site: Path, info: Path, *, keep_stubs: bool) -> Iterator[tuple[str, str, bool]]:
    """Files of a distribution that a bundle takes; RECORD is "Recording installed projects" of packaging.python.org."""
    with (info / "RECORD").open(newline="", encoding="utf-8") as record:
        rows = [(row[0], row[1]) for row in csv.reader(record) if row]
    chosen = [(path, digest) for path, digest in rows if _is_kept(path, info.name, keep_stubs)]
    tests = [path for path, _ in chosen if "tests" in path.split("/")[:-1]]
    if tests and not _needs_tests(site, chosen):
        left_out = set(tests)
        chosen = [(path, digest) for path, digest in chosen if path not in left_out]
    for path, digest in chosen:
        file = site / path
        if file.is_file():
            executable = bool(file.stat().st_mode & 0o100)
            yield path, digest or hashlib.sha256(file.read_bytes()).hexdigest(), executable


def _is_kept(path: str, info: str, keep_stubs: bool) -> bool:
    folder, *rest = path.split("/")
    if folder == info:
        return "/".join(rest) in _KEPT_METADATA
    if folder in ("bin", "..", "Scripts", "include") and not path.endswith(".py"):
        return False
    if path.startswith(("/", "../")) or (not rest and path.endswith(".pth")):
        return False
    return "__pycache__" not in rest and not path.endswith((".pyc", *(() if keep_stubs else (".pyi",))))


def _needs_tests(site: Path, chosen: list[tuple[str, str]]) -> bool:
    """Whether the distribution's own code imports its tests."""
    sources = (path for path, _ in chosen if path.endswith(".py") and "tests" not in path.split("/"))
    return any(_USES_TESTS.search((site / path).read_bytes()) for path in sources if (site / path).is_file())


def _modules(distributions: list[Distribution]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Where `import` finds each distribution: its topmost regular packages and modules, and the namespaces above them.

    A package that several distributions install is a namespace made with `__init__.py` files, as google's once was.
    """
    contents = {d.name: _importable(path for path, _, _ in d.files) for d in distributions}
    shared: set[str] = set()
    while True:
        modules: dict[str, list[str]] = {}
        namespaces: dict[str, list[str]] = {}
        for name, (packages, found) in contents.items():
            for module in sorted(found):
                parts = module.split(".")
                for end in range(1, len(parts) + 1):
                    prefix = ".".join(parts[:end])
                    if end == len(parts) or (prefix in packages and prefix not in shared):
                        owners = modules.setdefault(prefix, [])
                        if name not in owners:
                            owners.append(name)
                        break
                    owners = namespaces.setdefault(prefix, [])
                    if prefix in packages and name not in owners:
                        owners.append(name)
        clashes = {
            module
            for module, owners in modules.items()
            if (len(owners) > 1 or module in namespaces) and any(module in contents[name][0] for name in owners)
        } - shared
        if not clashes:
            return {m: o for m, o in modules.items() if m not in namespaces}, namespaces
        shared |= clashes


def _importable(paths: Iterable[str]) -> tuple[set[str], set[str]]:
    """(regular packages, modules and packages) by dotted name."""
    packages: set[str] = set()
    modules: set[str] = set()
    for path in paths:
        *folders, file = path.split("/")
        match = _MODULE.match(file)
        if not match or any("." in folder or "-" in folder for folder in folders):
            continue
        if match["name"] == "__init__":
            packages.add(".".join(folders))
        modules.add(".".join(folders if match["name"] == "__init__" else [*folders, match["name"]]))
    modules.discard("")
    packages.discard("")
    return packages, modules
