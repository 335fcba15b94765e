"""The project's TypeScript and JavaScript as the workers import it, compiled again and again by one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from motia_local.workers.launch import NODE_PROGRAMS

if TYPE_CHECKING:
    from motia_project.node.compiler import Compiled, Compiler


class NodeCode:
    """Compiles the files of the project at `root`. report: told in one line when esbuild has to be installed."""

    def __init__(self, root: Path, report: Callable[[str], None] | None = None) -> None:
        self._root = root
        self._report = report
        self._compiler: Compiler | None = None
        self._turn = asyncio.Lock()
        self.last: Compiled | None = None

    async def start(self) -> None:
        """Start the process ahead of its need. ProjectError without Node or esbuild."""
        async with self._turn:
            await asyncio.to_thread(self._started)

    async def compile(self, files: Sequence[str]) -> Compiled:
        """Compile these files (posix paths from the root) as they are now. ProjectError when nothing can be."""
        async with self._turn:
            compiling = asyncio.ensure_future(asyncio.to_thread(self._compile, files))
            try:
                self.last = await asyncio.shield(compiling)
            except asyncio.CancelledError:
                await asyncio.wait((compiling,))  # the next one would come in its way
                raise
            return self.last

    async def close(self) -> None:
        """End the process; what it made is removed."""
        async with self._turn:
            compiler, self._compiler = self._compiler, None
            if compiler is not None:
                await asyncio.to_thread(compiler.close)

    def _compile(self, files: Sequence[str]) -> Compiled:
        from motia_project.node.compiler import CompilerEnded

        try:
            return self._started().compile(files)
        except CompilerEnded:  # killed by somebody, or out of memory: once more with a new one
            self._compiler = None
            return self._started().compile(files)

    def _started(self) -> Compiler:
        from motia_project.node.compiler import Compiler

        if self._compiler is None:
            self._compiler = Compiler(self._root, report=self._report, programs=NODE_PROGRAMS)
        return self._compiler
