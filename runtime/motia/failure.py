"""Errors as data: message, name, and a stack that shows the user's frames and not ours."""

from __future__ import annotations

from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from traceback import TracebackException
    from typing import Any

_HERE = Path(__file__).parent
_OURS: tuple[str, ...] = (f"{_HERE}/", f"{_HERE.parent / 'motia_handlers'}/")
_INT_BITS = 64
_MACHINERY = ("<frozen importlib", "/importlib/", "/concurrent/futures/", "/asyncio/")


def hide(folder: str) -> None:
    """Leave the frames of this folder's files out as well, from now on."""
    global _OURS
    if folder not in _OURS:
        _OURS = (*_OURS, folder)


def describe(error: BaseException) -> dict[str, Any]:
    """`{message, stack, name, code?}` of an exception, for a log record or a trace."""
    found = {"message": _text(error), "stack": stack(error), "name": type(error).__name__}
    code = code_of(error)
    return found if code is None else {**found, "code": code}


def code_of(error: BaseException) -> str | int | None:
    """The `code` of an exception, if it has one that is a text or a number of 64 bits."""
    try:
        code = getattr(error, "code", None)
        if isinstance(code, str):
            return str.__str__(code)
        if isinstance(code, int) and not isinstance(code, bool) and code.bit_length() < _INT_BITS:
            return int(code)
    except Exception:  # a property of its own that fails
        return None
    return None


def stack(error: BaseException) -> str:
    """The traceback without the frames of this package and of the machinery between it and a Step; causes included."""
    import traceback

    try:
        whole = traceback.TracebackException.from_exception(error)
        _trim(whole, set())
        return "".join(whole.format()).rstrip("\n")
    except Exception:  # an exception whose own text cannot be made
        return f"{type(error).__name__}: {_text(error)}"


def _trim(entry: TracebackException, seen: set[int]) -> None:
    from traceback import StackSummary

    if id(entry) in seen:
        return
    seen.add(id(entry))
    kept = [frame for frame in entry.stack if not _is_ours(frame.filename)]
    entry.stack = StackSummary.from_list(kept)
    for below in (entry.__cause__, entry.__context__, *(entry.exceptions or ())):
        if below is not None:
            _trim(below, seen)


def _is_ours(filename: str) -> bool:
    return filename.startswith(_OURS) or any(part in filename for part in _MACHINERY)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "an error whose text cannot be made"
