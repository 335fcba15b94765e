"""Tells of changes in the project's folder, from threads that wait for the system to say so.

The root is watched by itself, the folders in it that can hold Steps with all they contain: a `node_modules` or an
environment of a hundred thousand files is not looked at. Folders outside of the root, of packages that are linked from
there, and folders in such a `node_modules` that Steps include files of, are watched by themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from motia_local.dev.included import ignored

STEP_MS = 20  # without another change, then it is told
ROOT_STEP_MS = 100
DEBOUNCE_MS = 150  # at most, while changes keep coming


class Watcher:
    """Calls `changed()` from a thread of its own after changes that matter."""

    def __init__(self, root: Path, changed: Callable[[], None], matters: Callable[[str], bool]) -> None:
        """matters: tells whether a change at an absolute path does."""
        self.ready = threading.Event()  # what changes from now on is told
        self._root = root
        self._changed = changed
        self._matters = matters
        self._stop = threading.Event()
        self._again = threading.Event()  # the folders to watch are others now
        self._outside: frozenset[Path] = frozenset()
        self._elsewhere = threading.Event()  # the folders outside are others now
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch."""
        for target in (self._watch_root, self._watch_folders, self._watch_outside):
            thread = threading.Thread(target=target, name="watcher", daemon=True)
            thread.start()
            self._threads.append(thread)

    def follow(self, folders: frozenset[Path]) -> None:
        """Watch these folders by themselves as well, and no others any more."""
        if folders != self._outside:
            self._outside = folders
            self._elsewhere.set()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._elsewhere.set()
        self._again.set()
        for thread in self._threads:
            thread.join(2)

    def _watch_root(self) -> None:
        for touched in self._changes([self._root], ROOT_STEP_MS, self._stop, recursive=False):
            if any(Path(path).parent == self._root and not ignored(Path(path).name) for path in touched):
                self._again.set()
            self._tell(touched)

    def _watch_folders(self) -> None:
        while not self._stop.is_set():
            self._again.clear()
            folders = [entry for entry in self._root.iterdir() if entry.is_dir() and not ignored(entry.name)]
            if not folders:
                self.ready.set()
                self._again.wait()
            else:
                for touched in self._changes(folders, STEP_MS, self._again, recursive=True, first=self._begin):
                    self._tell(touched)

    def _begin(self) -> None:
        self.ready.set()
        self._changed()  # nobody looked between the last time and now

    def _watch_outside(self) -> None:
        while True:
            self._elsewhere.clear()
            if self._stop.is_set():
                return
            folders = [folder for folder in self._outside if folder.is_dir()]
            if not folders:
                self._elsewhere.wait()
                continue
            for touched in self._changes(folders, STEP_MS, self._elsewhere, recursive=False, first=self._changed):
                self._tell(touched)

    def _changes(
        self,
        folders: list[Path],
        step_ms: int,
        stop: threading.Event,
        *,
        recursive: bool,
        first: Callable[[], None] | None = None,
    ) -> Iterator[set[str]]:
        """The paths touched below `folders`, until `stop`. first: called when they are watched."""
        from watchfiles._rust_notify import RustNotify

        with RustNotify([str(folder) for folder in folders], False, False, 300, recursive, True) as notify:
            if first is not None:
                first()
            while isinstance(found := notify.watch(DEBOUNCE_MS, step_ms, 0, stop), set):
                yield {path for _, path in found}

    def _tell(self, touched: set[str]) -> None:
        if any(self._matters(path) for path in touched):
            self._changed()
