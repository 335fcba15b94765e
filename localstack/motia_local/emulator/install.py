"""ministack in a virtual environment of its own, outside the project and outside ours.

It pins botocore exactly, and Python functions run on its interpreter, so the environment is keyed by ministack's
version and by the Python that will run the Steps. It is built beside its final place and renamed: two processes may
race, and an interrupted install leaves nothing that looks finished.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from motia.errors import CloudError
from motia_project.user_cache import cache_dir

MINISTACK_VERSION = "1.5.33"

_TAG = "import sys; print(f'{sys.implementation.cache_tag}-{sys.version_info[2]}')"
_BIN = "Scripts" if os.name == "nt" else "bin"
_EXE = ".exe" if os.name == "nt" else ""
# What uv sees: where it may write and how to reach the index, and no virtual environment or settings of a project
_KEPT = (
    "PATH",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
    "TMP",
    "XDG_CACHE_HOME",
)
_KEPT_PREFIXES = (
    *(
        "UV_INDEX",
        "UV_DEFAULT_INDEX",
        "UV_CACHE",
        "UV_OFFLINE",
        "UV_HTTP",
        "UV_NATIVE_TLS",
        "PIP_",
        "SSL_CERT",
        "REQUESTS_CA",
    ),
    *("HTTP", "ALL_PROXY", "NO_PROXY", "http", "all_proxy", "no_proxy"),
)


def ensure_installed(report: Callable[[str], None] = lambda text: None, *, python: Path | None = None) -> Path:
    """The ministack executable for Steps that run on `python` (default: this interpreter); installs it the first time.

    report: told in one line when something is going to take a while. Raises CloudError when it cannot be installed.
    """
    python = python or Path(sys.executable)
    home = cache_dir() / "emulator" / f"ministack-{MINISTACK_VERSION}-{_tag(python)}"
    executable = home / _BIN / f"ministack{_EXE}"
    if _runs(home):
        return executable
    report(f"Installing the AWS emulator (ministack {MINISTACK_VERSION}), once for this machine")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CloudError(
            "The AWS emulator cannot be installed.", where=str(home.parent), remedy=f"Make it writable: {error}"
        ) from error
    broken = home.exists()
    with tempfile.TemporaryDirectory(prefix=".new-", dir=home.parent) as workspace:
        built = Path(workspace) / "venv"
        _build(built, python)
        if broken:
            shutil.rmtree(home, ignore_errors=True)
        try:
            built.rename(home)
        except OSError as error:  # another process was faster, or the folder cannot be replaced
            if not _runs(home):
                raise CloudError(
                    "The AWS emulator could not be installed.", where=str(home), remedy=str(error)
                ) from error
    return executable


def python_of(executable: Path) -> Path:
    """The interpreter beside the executable: what runs Python functions."""
    return executable.parent / f"python{_EXE}"


def _tag(python: Path) -> str:
    if python == Path(sys.executable):
        return f"{sys.implementation.cache_tag}-{sys.version_info[2]}"
    try:
        done = subprocess.run([str(python), "-I", "-c", _TAG], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise CloudError(
            "The project's Python does not run, so the emulator cannot run its Steps.",
            where=str(python),
            remedy="Run 'motia install' again.",
        ) from error
    return done.stdout.strip()


def _runs(home: Path) -> bool:
    """The environment is there and its base interpreter still is."""
    python = home / _BIN / f"python{_EXE}"
    return (home / ".installed").exists() and python.exists()


def _build(home: Path, python: Path) -> None:
    # relocatable: the environment is renamed into place, and its scripts must not name the old one
    _uv("venv", "--quiet", "--relocatable", "--python", str(python), str(home))
    requirement = f"ministack=={MINISTACK_VERSION}"
    interpreter = home / _BIN / f"python{_EXE}"
    _uv("pip", "install", "--quiet", "--compile-bytecode", "--python", str(interpreter), requirement)
    (home / ".installed").touch()


def _uv(*arguments: str) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    done = subprocess.run(
        [_uv_binary(), *arguments, "--no-config"],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode == 0:
        return
    offline = any(sign in done.stderr.lower() for sign in ("dns", "connect", "network", "offline", "timed out"))
    raise CloudError(
        "The AWS emulator could not be installed.",
        where=(done.stderr.strip().splitlines() or ["uv"])[-1].strip(),
        remedy=(
            "It is downloaded once from the Python package index: connect to the network and try again, "
            "or set AWS_ENDPOINT_URL to an emulator that runs already."
            if offline
            else f"Run 'uv pip install ministack=={MINISTACK_VERSION}' by hand to see more."
        ),
    )


def _uv_binary() -> str:
    from uv import find_uv_bin

    try:
        return str(find_uv_bin())
    except FileNotFoundError as error:
        raise CloudError(
            "uv is not installed beside motia.", remedy="Install motia again, with its dependencies."
        ) from error
