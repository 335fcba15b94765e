"""The child that imports Step and stream files and reports what is in them.

    child.py ROOT RESULTS_FD DUMP_FD TIMEOUT_S      (the files as a JSON list on standard input)

Results go through a file descriptor of their own, one JSON object a line, so that what the user's code prints cannot
spoil them: {"begin": FILE}, then {"file", "config", "handler", "middleware", "can_access", "problems"}, at last
{"done": true}. A file that hangs or crashes ends this process; the stack it was in goes to DUMP_FD.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from pathlib import Path
from typing import Any

from motia.kinds import kind_of
from motia.project_config import FILE_NAME as CONFIG_FILE
from motia.project_config import check_config
from motia.stream_guard import GUARD_NAMES, find_guard
from motia_project.reading.imports import also_missing
from motia_project.reading.loading import ProjectImporter, is_utf16
from motia_project.reading.plain import NotPlain, plain_config, plain_value
from motia_project.reading.signature import describe
from motia_project.reading.tracebacks import last_line, trimmed

STREAM_SUFFIX = "_stream.py"
_MISSING = object()


def main() -> None:
    root, results, dump, timeout_s = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    files = json.load(sys.stdin)
    for descriptor in (results, dump):
        os.set_inheritable(descriptor, False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    faulthandler.enable(file=dump)
    importer = ProjectImporter(root)
    for file in files:
        _send(results, {"begin": file})
        faulthandler.dump_traceback_later(timeout_s, exit=True, file=dump)
        answer = _read(importer, file)
        faulthandler.cancel_dump_traceback_later()
        _send(results, {"file": file, **answer})
        os.chdir(root)
    _send(results, {"done": True})
    os._exit(0)  # threads and exit hooks of the user's code have nothing to finish here


def answer(importer: ProjectImporter, file: str) -> dict[str, Any]:
    """What is in one file, as `motia_project.readings.to_reading` takes it. For processes that read and then run it."""
    return {"file": file, **_read(importer, file)}


def _read(importer: ProjectImporter, file: str) -> dict[str, Any]:
    try:
        module = importer.load(file)
        if file == CONFIG_FILE:
            return _configuration(module)
        contents = _contents(module)
        return _with_guard(contents, module) if file.endswith(STREAM_SUFFIX) else contents
    except SystemExit as stop:
        code = "" if stop.code is None else repr(stop.code)
        what = f"the file ends the process when it is imported: sys.exit({code})"
        remedy = "move the call into the handler, or raise an exception that says what is missing"
        return _failed(importer, stop, what, remedy)
    except SyntaxError as wrong:
        if wrong.filename and (no_text := _not_utf8(wrong.filename, importer)):
            return {"problems": [{"what": no_text, "remedy": "save the file as UTF-8"}]}
        return _failed(importer, wrong, f"the file is not valid Python: {wrong.msg}", None)
    except ModuleNotFoundError as wrong:
        what = "the file cannot be imported: "
        answer = _failed(importer, wrong, what + last_line(wrong, importer), None)
        answer["problems"][0]["missing_module"] = wrong.name
        for name, place in also_missing(wrong, importer):
            said = f"{what}ModuleNotFoundError: No module named {name!r}"
            answer["problems"].append({"what": said, "missing_module": name, "traceback": place})
        return answer
    except BaseException as wrong:
        return _failed(importer, wrong, f"the file cannot be imported: {last_line(wrong, importer)}", None)


def _contents(module: Any) -> dict[str, Any]:
    config = getattr(module, "config", _MISSING)
    handler = getattr(module, "handler", _MISSING)
    described = None if handler is _MISSING else describe(handler)
    if config is _MISSING:
        remedy = "define `config = {...}` at the top level of the file"
        return {"problems": [{"what": "the file defines no `config`", "remedy": remedy}], "handler": described}
    try:
        read = plain_config(config)
    except NotPlain as wrong:
        return {"problems": [wrong.problem], "handler": described}
    return {**read, "handler": described}


def _with_guard(contents: dict[str, Any], module: Any) -> dict[str, Any]:
    """`canAccess` of a stream may also stand beside its `config`."""
    guard = find_guard(module)
    if callable(guard):
        return {**contents, "can_access": True}
    if guard is None or any(name in contents.get("config", ()) for name in GUARD_NAMES):
        return contents
    remedy = "define `def canAccess(subscription, auth_context):`, or give it another name"
    problem = {"what": f"`canAccess` is {kind_of(guard)}", "key": "canAccess", "remedy": remedy}
    return {**contents, "problems": [*contents["problems"], problem]}


def _configuration(module: Any) -> dict[str, Any]:
    """What is in `motia_config.py`: which adapters, not the adapters themselves; that there is a stream auth."""
    config, wrong = check_config(module)
    problems = [{"what": one.what, "allowed": one.allowed, "remedy": one.remedy} for one in wrong]
    adapters = [
        {
            "kind": kind,
            "name": getattr(given, "__name__", None) or type(given).__name__,
            "usable_on_aws": kind != "events" or bool(getattr(given, "usable_on_aws", False)),
        }
        for kind, given in config.adapters.items()
    ]
    contents: dict[str, Any] = {"adapters": adapters}
    if config.stream_auth is not None:
        try:
            schema = plain_value(config.stream_auth.context_schema, "streamAuth.contextSchema")
            contents["streamAuth"] = {"contextSchema": schema}
        except NotPlain as not_plain:
            problems.append(not_plain.problem)
    return {"problems": problems} if problems else {"config": contents, "problems": []}


def _not_utf8(path: str, importer: ProjectImporter) -> str | None:
    """What to say of a source file that is not UTF-8, None where the trouble is another."""
    try:
        source = Path(path).read_bytes()
        if is_utf16(source):
            return f"{importer.relative(path)} is UTF-16"
        source.decode()
    except UnicodeDecodeError as wrong:
        line = source.count(b"\n", 0, wrong.start) + 1
        return f"line {line} of {importer.relative(path)} is not UTF-8 text"
    except OSError:
        pass
    return None


def _failed(importer: ProjectImporter, error: BaseException, what: str, remedy: str | None) -> dict[str, Any]:
    return {"problems": [{"what": what, "remedy": remedy, "traceback": trimmed(error, importer)}]}


def _send(descriptor: int, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
