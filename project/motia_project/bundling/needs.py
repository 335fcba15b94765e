"""Which installed distributions the imports of some files come from, and what to say when none has them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import packages_distributions
from pathlib import Path

from motia_project.bundling.distributions import Index
from motia_project.bundling.requirements import Requirements
from motia_project.bundling.target import Target
from motia_project.bundling.trace import External, Tracer
from motia_project.model import Problem

# Import names that do not tell the name of their distribution.
_DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "Pillow",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}


class Needs:
    """Answers from one install for one project."""

    def __init__(self, root: Path, target: Target, requirements: Requirements, index: Index, tracer: Tracer) -> None:
        self._root = root
        self._target = target
        self._requirements = requirements
        self._index = index
        self._tracer = tracer

    def distributions(self, external: Iterable[External], wanted: Iterable[str] = ()) -> tuple[set[str], list[Problem]]:
        """Distributions that these imports need and those `wanted` anyway, with all that they need in turn; and a
        problem for each import that nothing satisfies."""
        direct = set(wanted)
        problems = []
        for one in external:
            found = self.owners(one.modules)
            direct |= found
            if not found and not self._may_fail(one):
                problems.append(self._missing(one))
        return self._index.closure(direct), problems

    def owners(self, modules: Iterable[str]) -> set[str]:
        """Distributions that provide any of these modules."""
        return {owner for module in modules for owner in self._index.owners(module) or ()}

    def _may_fail(self, one: External) -> bool:
        guarded_by = one.found.unless
        return one.found.optional or (bool(guarded_by) and all(self._provided(module) for module in guarded_by))

    def _provided(self, module: str) -> bool:
        return self._tracer.provides(module) or bool(self.owners([module]))

    def _missing(self, one: External) -> Problem:
        module = one.found.module
        if self._tracer.modules.find(module.partition(".")[0]):
            return self._tracer.unknown(one.file, one.found)
        source = self._requirements.source
        where = f"not in {source}" if source else "there is no requirements.txt"
        return Problem(
            f"imports {module}, which is neither in the project nor in an installed package ({where})",
            file=one.file,
            key=f"line {one.found.line}",
            value=one.found.written,
            remedy=self._remedy(one, module.partition(".")[0]),
        )

    def _remedy(self, one: External, top: str) -> str:
        source = self._requirements.source or "requirements.txt"
        if removed := self._target.removed_in(top):
            return f"{top} left the standard library with Python {removed}; use a package instead"
        folder = one.file.rpartition("/")[0]
        if folder and top in self._tracer.modules.names(folder):
            dotted = folder.replace("/", ".")
            return f"imports start at the project's root: write `from {dotted} import {top}` or `from . import {top}`"
        if top == self._root.name:
            return f"imports start at the project's root: leave `{top}.` out"
        if top in _DISTRIBUTIONS:
            return f"add {_DISTRIBUTIONS[top]} to {source}"
        known = packages_distributions().get(top)
        if known:
            return f"add {known[0]} to {source}"
        offered = {*self._tracer.modules.names(), *(name.partition(".")[0] for name in self._index.modules)}
        if near := get_close_matches(top, sorted(offered), 1):
            return f"did you mean {near[0]}? Otherwise add the package that has {top} to {source}"
        return f"add the package that has {top} to {source}"
