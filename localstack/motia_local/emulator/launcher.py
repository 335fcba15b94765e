"""Start, find, stop and empty the emulator of a project."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from motia.errors import CloudError
from motia_local.emulator import node, probe, process, state
from motia_local.emulator.endpoint import ACCESS_KEY, REGION, SECRET_KEY, Endpoint
from motia_local.emulator.install import ensure_installed, python_of
from motia_project.user_cache import cache_dir

START_S = 30.0
STOP_S = 5.0
_TRIES = 5
_LOG_LINES = 5


@dataclass(frozen=True)
class Status:
    """What is known of a project's emulator. log: path of its output, None before the first start."""

    running: bool
    url: str | None = None
    pid: int | None = None
    log: str | None = None


def endpoint(
    root: Path,
    *,
    python: Path | None = None,
    region: str | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> Endpoint:
    """The emulator that `--local` means: the one AWS_ENDPOINT_URL names, else the project's own, started when needed.

    root: the project. python: runs its Steps. Raises CloudError when AWS_ENDPOINT_URL is set and nobody answers.
    """
    given = os.environ.get("AWS_ENDPOINT_URL")
    if not given:
        return start(root / ".motia", python=python, region=region, report=report)
    if not probe.answers(given):
        raise CloudError(
            "Nothing answers at AWS_ENDPOINT_URL.",
            where=given,
            remedy="Start that emulator, or unset AWS_ENDPOINT_URL to use the embedded one.",
        )
    return Endpoint(
        url=given.rstrip("/"),
        region=region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION,
        access_key=os.environ.get("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        secret_key=os.environ.get("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        owned=False,
    )


def start(
    folder: Path,
    *,
    port: int = 0,
    python: Path | None = None,
    region: str | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> Endpoint:
    """The emulator of `folder` (a project's `.motia`), started when it does not run.

    port: 0 means the port it had last time, or any free one: a well-known port is a target for web pages.
    Raises CloudError when the port is taken, the install fails or the emulator does not come up.
    """
    folder = folder.resolve()
    executable = ensure_installed(report, python=python)
    tag = executable.parent.parent.name
    with _alone(folder):
        known = state.read(folder)
        if known and _lives(known):
            if known.tag == tag and port in (0, known.port) and probe.ready(_url(known.port)):
                return Endpoint(_url(known.port), region or REGION)
            report("Restarting the AWS emulator: it is not the one this project needs")
            _stop(folder, known)
        chosen = _start(folder, executable, tag, port, known.port if known else 0)
    report(f"Started the AWS emulator at {_url(chosen)}")
    return Endpoint(_url(chosen), region or REGION, started=True)


def status(folder: Path) -> Status:
    """Whether the emulator of `folder` runs and answers."""
    known = state.read(folder)
    if known is None:
        return Status(running=False)
    running = _lives(known) and probe.ready(_url(known.port))
    return Status(running, _url(known.port) if running else None, known.pid if running else None, known.log)


def stop(folder: Path) -> bool:
    """Stop the emulator of `folder` and everything it started; what was deployed to it is gone. False: none ran."""
    folder = folder.resolve()
    if not folder.exists():
        return False
    with _alone(folder):
        known = state.read(folder)
        lived = known is not None and _lives(known)
        if known and lived:
            _stop(folder, known)
        return lived


def reset(folder: Path) -> bool:
    """Forget everything that was deployed to the emulator of `folder`, which keeps running. False: none runs."""
    known = state.read(folder)
    if known is None or not _lives(known):
        return False
    if probe.post(_url(known.port), "/_ministack/reset") != 200:
        raise CloudError(
            "The AWS emulator did not reset.", where=known.log, remedy="Stop it with 'motia emulator stop'."
        )
    return True


def _start(folder: Path, executable: Path, tag: str, wanted: int, last: int) -> int:
    """Start on `wanted`, on `last` if that is still free, or on any free port; the port."""
    for attempt in range(_TRIES):
        port = probe.free_port(wanted) if wanted else (probe.free_port(last) if attempt == 0 else None)
        if port is None and wanted:
            raise CloudError(
                f"Port {wanted} is in use.",
                where="the AWS emulator",
                remedy="Choose another port, or leave it to us by not choosing one.",
            )
        port = port or probe.free_port()
        assert port is not None  # the system always has one
        if _launch(folder, executable, tag, port):
            return port
    raise CloudError("The AWS emulator found no free port.", remedy="Try again.")


def _launch(folder: Path, executable: Path, tag: str, port: int) -> bool:
    """Start and wait until it serves. False when somebody took the port meanwhile."""
    home = folder / "emulator"
    scratch = _scratch(folder)
    home.mkdir(exist_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)  # unpacked functions of an emulator that was killed
    scratch.mkdir(parents=True)
    # What runs TypeScript functions is a CommonJS file in there; the project's own package.json may say otherwise.
    (scratch / "package.json").write_text('{"type": "commonjs"}\n')
    log = home / "emulator.log"
    if log.exists():
        log.replace(home / "emulator.log.1")
    command = [str(python_of(executable)), "-I", "-m", "ministack"]
    environment = _environment(folder.parent, home, scratch, port)
    child = process.spawn(command, environment=environment, log=log, folder=home)
    state.write(folder, state.State(child.pid, process.born(child.pid), port, tag, str(log)))
    try:
        if _await_ready(child, port):
            return True
    except BaseException:
        process.stop_group(child.pid, patience_s=STOP_S)
        raise
    process.stop_group(child.pid, patience_s=STOP_S)
    output = log.read_text(errors="replace")
    if "in use" in output or "Errno 98" in output or "Errno 48" in output:
        return False
    raise CloudError(
        "The AWS emulator did not start.",
        where=str(log),
        remedy="Its last words: " + " | ".join(output.strip().splitlines()[-_LOG_LINES:]),
    )


def _await_ready(child: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and child.poll() is None:
        if probe.ready(_url(port), timeout_s=1):
            return True
        time.sleep(0.02)
    return False


def _environment(root: Path, home: Path, scratch: Path, port: int) -> dict[str, str]:
    """All that the emulator, and with it every function, sees of this machine."""
    keep = ("LANG", "LC_ALL", "SYSTEMROOT", "PATHEXT")
    search = node.path(root)
    return {
        **{name: os.environ[name] for name in keep if name in os.environ},
        **({} if search is None else {"PATH": search}),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": probe.HOST,
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }


def _stop(folder: Path, known: state.State) -> None:
    if not process.stop_group(known.pid, patience_s=STOP_S):
        raise CloudError(
            "The AWS emulator does not stop.", where=f"process {known.pid}", remedy=f"See its log: {known.log}"
        )
    shutil.rmtree(_scratch(folder), ignore_errors=True)  # unpacked functions


def _scratch(folder: Path) -> Path:
    """Where the emulator unpacks functions: in no folder of the project, whose packages a function could find there."""
    return cache_dir().absolute() / "emulated" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def _lives(known: state.State) -> bool:
    return bool(known.born) and process.born(known.pid) == known.born


def _url(port: int) -> str:
    return f"http://{probe.HOST}:{port}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the emulator of `folder`; the system frees the lock of one that dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = (folder / "emulator.lock").open("w")
    except OSError as error:
        raise CloudError(
            "The AWS emulator has nowhere to keep its files.", where=str(folder), remedy=f"Make it writable: {error}"
        ) from error
    with opened as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
