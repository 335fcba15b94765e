"""A folder becomes a Project: settings, Steps and streams, and everything that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from motia.errors import ProjectError
from motia_project.ahead import import_ahead
from motia_project.env_file import local_environment
from motia_project.finder import Found, find
from motia_project.model import Adapter, Language, Problem, Project, Step, Stream, StreamAuth
from motia_project.reader import read
from motia_project.reading_process import Stopped, never
from motia_project.readings import Reading
from motia_project.remembered import StoppableReader, node_facts, remembered
from motia_project.settings_file import read_settings

Reader = Callable[[Path, Sequence[str], Mapping[str, str], float], Mapping[str, Reading]]
"""(root, files, environment, timeout in seconds) -> what each file says; a file that was given up is left out. Of files
that were not asked for, the problems count."""


def read_python(
    root: Path, files: Sequence[str], environment: Mapping[str, str], timeout_s: float, stopped: Stopped = never
) -> Mapping[str, Reading]:
    """The Reader of Python files."""
    return read(root, files, environment=environment, timeout_s=timeout_s, stopped=stopped)


def read_typescript(
    root: Path, files: Sequence[str], environment: Mapping[str, str], timeout_s: float, stopped: Stopped = never
) -> Mapping[str, Reading]:
    """The Reader of TypeScript and JavaScript files."""
    from motia_project.node.reader import read_node

    return read_node(root, files, environment, timeout_s, stopped)


READERS: dict[Language, StoppableReader] = {
    "python": remembered(read_python),
    "node": remembered(read_typescript, node_facts, name="node"),
}


def discover(
    root: Path,
    *,
    timeout_s: float = 30.0,
    readers: Mapping[Language, Reader] = READERS,
    files: tuple[tuple[Found, ...], tuple[Problem, ...]] | None = None,
) -> Project:
    """Read the project in the folder `root`.

    timeout_s: seconds that importing one file may take. files: what `find` has said, if it was asked already.
    What is wrong with the project is in `problems` of the answer; ProjectError is raised only where there is no project
    to speak of: no such folder, no interpreter that starts.
    """
    root = Path(root).resolve()
    if not root.is_dir():
        raise ProjectError(f"there is no folder {root}", remedy="give the folder that has steps/ or src/ in it")
    settings, setting_problems = read_settings(root)
    found, file_problems = files or find(root)
    import_ahead("motia_project.configs")  # takes as long as reading, which happens in other processes
    readings, reading_problems = _read_all(root, found, timeout_s, readers)

    from motia_project.configs import to_step, to_stream

    problems = [*setting_problems, *file_problems, *reading_problems]
    steps: list[Step] = []
    streams: list[Stream] = []
    adapters: tuple[Adapter, ...] = ()
    stream_auth: StreamAuth | None = None
    for file in found:
        if file.path not in readings:
            continue
        if file.kind == "step":
            step, wrong = to_step(readings[file.path], file.language)
            steps += [step] if step else []
            wrong = wrong if step else (*wrong, *_included(root, readings[file.path], file.language))
        elif file.kind == "config":
            adapters, wrong = _adapters(readings[file.path], file.language), readings[file.path].problems
            stream_auth = _stream_auth(readings[file.path], file.language)
        else:
            stream, wrong = to_stream(readings[file.path], file.language)
            streams += [stream] if stream else []
        problems += wrong
    outside = tuple(sorted({path for reading in readings.values() for path in reading.outside}))
    return Project(root, settings, tuple(steps), tuple(streams), tuple(problems), adapters, stream_auth, outside)


def _included(root: Path, reading: Reading, language: Language) -> list[Problem]:
    """What is wrong with the `includeFiles` of a Step that is none yet: the checks look at Steps alone."""
    config = reading.config or {}
    patterns = config.get("includeFiles")
    if not isinstance(patterns, list) or config.get("type") == "noop":
        return []
    from motia_project.bundling.include import matching_files

    return matching_files(root, reading.file, language, patterns, root / "dist").problems


def _adapters(reading: Reading, language: Language) -> tuple[Adapter, ...]:
    return tuple(Adapter(**adapter, language=language) for adapter in (reading.config or {}).get("adapters", ()))


def _stream_auth(reading: Reading, language: Language) -> StreamAuth | None:
    given = (reading.config or {}).get("streamAuth")
    return None if given is None else StreamAuth(language, given.get("contextSchema"))


def _read_all(
    root: Path, found: tuple[Found, ...], timeout_s: float, readers: Mapping[Language, Reader]
) -> tuple[dict[str, Reading], list[Problem]]:
    readings: dict[str, Reading] = {}
    problems: list[Problem] = []
    environment: dict[str, str] | None = None
    for language, reader in readers.items():
        files = [file.path for file in found if file.language == language]
        if not files:
            continue
        if environment is None:
            environment, wrong = _environment(root)
            problems += wrong
        answer = reader(root, files, environment, timeout_s)
        readings.update(answer)
        problems += [problem for file, said in answer.items() if file not in files for problem in said.problems]
        unread = [file for file in files if file not in answer]
        if unread:
            what = f"{len(unread)} more file{'s were' if len(unread) > 1 else ' was'} not read after the others hung"
            problems.append(Problem(what, value=", ".join(unread[:3]) + (", ..." if len(unread) > 3 else "")))
    return readings, problems


def _environment(root: Path) -> tuple[dict[str, str], list[Problem]]:
    try:
        return local_environment(root), []
    except ProjectError as wrong:
        import os

        return dict(os.environ), [Problem(wrong.what, file=".env", allowed=wrong.allowed)]
