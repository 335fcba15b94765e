"""What a Step needs, followed from its file: modules of the project, and names that packages must provide.

A file is read once for all Steps that reach it. Imports are looked up as the running Step will look them up: built-in
modules, then the project's root, then the standard library and the packages beside it. Folders that files put on
`sys.path` are looked into where the root has no such module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from motia_project.bundling.cache import Memo
from motia_project.bundling.imports import Import, Imports, read_imports
from motia_project.bundling.modules import BUILT_IN, ProjectModules
from motia_project.bundling.search_path import search_folders
from motia_project.bundling.target import Target
from motia_project.model import Problem

_OURS = ("motia", "motia_handlers")


@dataclass(frozen=True)
class External:
    """An import that the project itself does not satisfy. modules: dotted names to look for; any will do."""

    file: str
    found: Import
    modules: tuple[str, ...]


@dataclass
class Links:
    """What one file leads to: files of the project, imports from elsewhere, and what is wrong in it."""

    files: list[str] = field(default_factory=list)
    external: list[External] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    folders: tuple[str, ...] = ()  # that it puts on sys.path


@dataclass(frozen=True)
class Traced:
    """Everything reached from some files: paths relative to the root in order, imports from elsewhere, problems."""

    files: tuple[str, ...]
    external: tuple[External, ...]
    problems: tuple[Problem, ...]


class Tracer:
    """Follows imports through one project for one target; use one for one build."""

    def __init__(self, root: Path, target: Target, memo: Memo) -> None:
        self.modules = ProjectModules(root)
        self._root = root
        self._target = target
        self._memo = memo
        self._library = target.standard_library()
        self._links: dict[str, Links] = {}

    def trace(self, files: Iterable[str]) -> Traced:
        """Follow these files of the project (relative to the root) to the end."""
        pending = list(files)
        for file in tuple(pending):
            pending += self.modules.packages(file.rpartition("/")[0])
        seen: dict[str, Links] = {}
        while pending:
            file = pending.pop()
            if file not in seen:
                seen[file] = self.links(file)
                pending += seen[file].files
            if not pending:
                pending += self._in_folders(seen)
        ordered = sorted(seen)
        return Traced(
            tuple(ordered),
            tuple(external for file in ordered for external in seen[file].external),
            tuple(problem for file in ordered for problem in seen[file].problems),
        )

    def _in_folders(self, seen: dict[str, Links]) -> list[str]:
        """Files for imports from elsewhere that a folder on `sys.path` has: they belong to the project after all."""
        folders = {folder: None for links in seen.values() for folder in links.folders}
        more: list[str] = []
        for file, links in seen.items() if folders else ():
            own = Links(folders=links.folders)
            rest = [one for one in links.external if not any(self._take(one.found, base, own) for base in folders)]
            if own.files:
                seen[file] = replace(links, external=rest)
                more += own.files
        return more

    def links(self, file: str) -> Links:
        if file not in self._links:
            self._links[file] = links = Links()
            if file.endswith(".py"):
                self._read(file, links)
        return self._links[file]

    def provides(self, module: str) -> bool:
        """Whether the project or the standard library has this module."""
        top = module.partition(".")[0]
        if top in BUILT_IN or top in _OURS:
            return True
        own = self.modules.find(top)
        if own and not own.namespace:
            return self.modules.find(module) is not None
        found = self.modules.find(module)
        return top in self._library or (found is not None and not found.namespace)

    def _read(self, file: str, links: Links) -> None:
        digest = self._memo.digest(self._root / file)
        key = f"{digest}:{self._target.python}:{self._target.is_local}:{file}"
        known = self._memo.fact(key)
        if known is None:
            try:
                source = (self._root / file).read_bytes()
                imports, folders = read_imports(source, self._target), search_folders(source, file)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None)
                reason = getattr(error, "msg", None) or str(error)
                key_of_line = f"line {line}" if line else None
                links.problems.append(Problem(f"is not valid Python: {reason}", file=file, key=key_of_line))
                return
            known = {**asdict(imports), "folders": folders}
            self._memo.learn(key, known)
        imports = Imports(tuple(_import(raw) for raw in known["imports"]), tuple(known["dynamic"]))
        links.folders = tuple(known["folders"])
        for found in imports.imports:
            self._follow(file, found, links)
        for line in imports.dynamic:
            links.problems.append(
                Problem(
                    "imports a module whose name is only known at run time",
                    file=file,
                    key=f"line {line}",
                    remedy="if it is not bundled by another import, name it in `packages` of motia.toml",
                    severity="warning",
                )
            )

    def _follow(self, file: str, found: Import, links: Links) -> None:
        if found.level:
            self._relative(file, found, links)
            return
        top = found.module.partition(".")[0]
        if not top or top in BUILT_IN or top in _OURS:
            return
        own = self.modules.find(top)
        if own and not own.namespace:
            if top in self._library:
                what = f"imports {top}, which the project's own {own.files[-1]} hides from the standard library"
                remedy = "rename the project's module"
                links.problems.append(
                    Problem(what, file=file, key=f"line {found.line}", remedy=remedy, severity="warning")
                )
            self._own(file, found, "", links)
        elif top not in self._library:
            if own and self._take(found, "", links):
                return  # a namespace: its modules may lie here or in a package
            modules = [f"{found.module}.{name}" for name in found.names if name != "*"]
            links.external.append(External(file, found, (*modules, found.module)))

    def _relative(self, file: str, found: Import, links: Links) -> None:
        parts = file.split("/")[:-1]
        climb = found.level - 1
        if climb > len(parts):
            what = f"`{found.written}` climbs above the project's root"
            links.problems.append(Problem(what, file=file, key=f"line {found.line}", value=found.written))
            return
        self._own(file, found, "/".join(parts[: len(parts) - climb]), links)

    def _own(self, file: str, found: Import, base: str, links: Links) -> None:
        """Take an import that only the project can satisfy."""
        if self._take(found, base, links) or found.optional or (found.unless and all(map(self.provides, found.unless))):
            return
        links.problems.append(self.unknown(file, found, base))

    def unknown(self, file: str, found: Import, base: str = "") -> Problem:
        """The problem of an import that the project should satisfy, and does not."""
        return Problem(
            f"`{found.written}` finds no such module in the project",
            file=file,
            key=f"line {found.line}",
            value=found.written,
            remedy=self._nearest(found, base),
        )

    def _take(self, found: Import, base: str, links: Links) -> bool:
        """Add the files of an import; False, and nothing added, when the project has no such module."""
        module = self.modules.find(found.module, base)
        if module is None:
            return False
        files = list(module.files)
        names = found.names
        if names == ("*",):
            inits = [f for f in module.files[-1:] if f.endswith(".py")]
            names = tuple(name for init in inits for name in self._exported(init))
        for name in names:
            child = self.modules.find(name, module.folder) if module.folder is not None and name != "*" else None
            if child:
                files += child.files
            elif module.namespace and name != "*":
                return False  # a folder without __init__.py has nothing but modules
        if not files and not found.names and found.module:
            return False  # an empty namespace
        links.files += files
        return True

    def _exported(self, init: str) -> tuple[str, ...]:
        try:
            return read_imports((self._root / init).read_bytes(), self._target).exported
        except (SyntaxError, ValueError):  # reported when the file itself is read
            return ()

    def _nearest(self, found: Import, base: str) -> str:
        from difflib import get_close_matches

        last = (
            found.names[0] if found.names and self.modules.find(found.module, base) else found.module.rpartition(".")[2]
        )
        parent = self.modules.find(found.module if last in found.names else found.module.rpartition(".")[0], base)
        offered = self.modules.names(parent.folder) if parent and parent.folder is not None else []
        near = get_close_matches(last, offered, 1)
        return f"did you mean {near[0]}?" if near else "create the module or correct its name"


def _import(raw: dict[str, Any]) -> Import:
    return Import(**{**raw, "names": tuple(raw["names"]), "unless": tuple(raw["unless"])})
