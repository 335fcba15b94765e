"""Command lines of the workers, and of the processes that host adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import motia_project
from motia_local.workers.fleet import Launch
from motia_project.interpreter import child_command
from motia_project.model import Language

_PACKAGE = Path(__file__).with_name("python_worker")
_PROJECT = Path(motia_project.__file__ or "").parent  # how configurations are read
_NODE = Path(__file__).with_name("node_worker")

NODE_PROGRAMS: Mapping[str, Path] = {
    "worker": _NODE / "main.ts",
    "watchdog": _NODE / "watchdog.ts",
    "adapters": _NODE / "adapter_host.ts",
}
"""Our programs that run what the project's compiler makes."""

_FLAGS = ("--enable-source-maps", "--no-warnings=ExperimentalWarning")


def launch_of(language: Language, root: Path) -> Launch:
    """How to start a worker for Steps of a language of the project at `root`."""
    return python_launch(root) if language == "python" else node_launch(root)


def python_launch(root: Path) -> Launch:
    """How to start a worker for Python Steps, in the interpreter of the project at `root`."""

    def launch(socket: int, progress: int) -> list[str]:
        return child_command(
            root, _PACKAGE / "start.py", str(socket), str(progress), str(root), packages=(_PACKAGE, _PROJECT)
        )

    return launch


def node_launch(root: Path) -> Launch:
    """How to start a worker for TypeScript and JavaScript Steps. The command line raises ProjectError without Node or
    esbuild; `prepare_node` raises it before."""

    def launch(socket: int, progress: int) -> list[str]:
        return _node_command(root, "worker", str(socket), str(progress), str(root))

    return launch


def prepare_node(root: Path, report: Callable[[str], None] | None = None) -> Path:
    """Compile our programs if that has not been done, which may take a while; their folder. ProjectError without Node
    or esbuild. report: told in one line when esbuild has to be installed."""
    from motia_project.node import tools
    from motia_project.node.compiler import PROGRAMS

    tools.node(root)
    tools.esbuild(root, report)
    return tools.programs(root, {**PROGRAMS, **NODE_PROGRAMS})


def adapter_launch(language: Language, root: Path) -> Callable[[int], list[str]]:
    """How to start the process of the adapters of the project at `root`, which are written in `language`."""

    def launch(socket: int) -> list[str]:
        if language == "node":
            return _node_command(root, "adapters", str(socket), str(root))
        return child_command(root, _PACKAGE / "start_adapters.py", str(socket), str(root), packages=(_PACKAGE,))

    return launch


def _node_command(root: Path, program: str, *arguments: str) -> list[str]:
    from motia_project.node import tools

    return [str(tools.node(root)), *_FLAGS, str(_programs(root) / f"{program}.mjs"), *arguments]


@cache
def _programs(root: Path) -> Path:
    return prepare_node(root)
