"""`motia install`: all that the Steps of a project import, Python and npm packages, and what compiles TypeScript."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from motia_project.finder import find
from motia_project.node.packages import INSIDE, install_packages
from motia_project.python_modules import make_python_modules


def install(root: Path, *, report: Callable[[str], None]) -> None:
    """Make the project at `root` ready: npm packages, `python_modules`, esbuild and the types of `motia`.

    Each is left alone when nothing changed, or when no Step needs it. Raises InvalidProject for a requirement that is
    wrong or cannot be installed, ProjectError when Node or a package manager is missing or fails, when the package
    index does not answer, or for a folder that is not ours to replace.
    """
    root = Path(root).resolve()
    if os.environ.get(INSIDE):
        report("this is a script of `motia install`, which does the rest")
        return
    # npm first: a script of one of its packages may be the original's, which makes a python_modules of its own.
    has_packages = install_packages(root, report=report)
    needs_python = make_python_modules(root, report=report)
    has_node_steps = any(one.language == "node" for one in find(root)[0])
    if has_node_steps:
        _prepare_node(root, report)
    if not (has_packages or needs_python or has_node_steps):
        report("no requirements, no package.json with dependencies and no Steps: nothing to install")


def _prepare_node(root: Path, report: Callable[[str], None]) -> None:
    from motia_project.node.tools import esbuild, node
    from motia_project.node.types_package import not_ours, put_types_package

    node(root)  # an esbuild in the project's node_modules is of no use without it
    esbuild(root, report)
    for name in put_types_package(root):
        report(not_ours(name))
    report("esbuild and the types of motia are ready")
