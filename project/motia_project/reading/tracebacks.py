"""A traceback as its reader needs it: the frames of their own files, by relative path."""

from __future__ import annotations

import traceback

from motia_project.reading.loading import ProjectImporter

_FRAMES = 12
_CHARACTERS = 4000


def trimmed(error: BaseException, importer: ProjectImporter) -> str:
    """The traceback of `error`, and of what caused it, without frames outside of the project."""
    report = traceback.TracebackException.from_exception(error)
    _trim(report, importer, set())
    text = "".join(report.format()).rstrip().replace(f"{importer.root}/", "")
    if not text.lstrip().startswith(("Traceback", "File", "+", "|")):
        return ""  # no place in the user's files, so nothing that the message does not say
    if len(text) > _CHARACTERS:
        text = f"{text[: _CHARACTERS // 2]}\n  ...\n{text[-_CHARACTERS // 2 :]}"
    return text


def last_line(error: BaseException, importer: ProjectImporter) -> str:
    """`ValueError: no such thing`, on one line."""
    lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).replace(f"{importer.root}/", "")[:300]


def _trim(report: traceback.TracebackException, importer: ProjectImporter, seen: set[int]) -> None:
    if id(report) in seen:
        return
    seen.add(id(report))
    own = [frame for frame in report.stack if importer.owns(frame.filename)][-_FRAMES:]
    for frame in own:
        frame.filename = importer.relative(frame.filename)
    report.stack = traceback.StackSummary.from_list(own)
    place = getattr(report, "filename", None)  # of a SyntaxError
    if isinstance(place, str) and importer.owns(place):
        report.filename = importer.relative(place)
    for inner in (report.__cause__, report.__context__, *(getattr(report, "exceptions", None) or ())):
        if inner is not None:
            _trim(inner, importer, seen)
