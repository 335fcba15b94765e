"""Where a bundle will run: the Python, the processor and the C library that its packages must fit."""

from __future__ import annotations

import platform as machine
import sys
from dataclasses import dataclass

from motia_project.settings import Settings

# Modules that left the standard library, and the minor version that no longer has them (PEP 632, PEP 594).
_REMOVED = {
    12: ("asynchat", "asyncore", "distutils", "imp", "smtpd"),
    13: (
        *(
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
        ),
        *("ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
    ),
}
_ADDED = {14: ("annotationlib", "compression")}


@dataclass(frozen=True)
class Target:
    """runtime: Lambda's name, such as `python3.13`. platform: as uv names it, or `local` for this machine."""

    runtime: str
    architecture: str
    platform: str

    @classmethod
    def lambda_(cls, settings: Settings) -> Target:
        """The Lambda runtime of the project's settings.

        Python 3.11 runs on Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023 (glibc 2.34); "Lambda
        runtimes" in the AWS Lambda Developer Guide.
        """
        libc = "manylinux2014" if settings.runtime == "python3.11" else "manylinux_2_34"
        processor = "aarch64" if settings.architecture == "arm64" else "x86_64"
        return cls(settings.runtime, settings.architecture, f"{processor}-{libc}")

    @classmethod
    def local(cls) -> Target:
        """This machine and the interpreter that runs this code, for the emulator."""
        processor = "arm64" if machine.machine().lower() in ("arm64", "aarch64") else "x86_64"
        return cls(f"python3.{sys.version_info.minor}", processor, "local")

    @property
    def minor(self) -> int:
        """13 for `python3.13`."""
        return int(self.runtime.rpartition(".")[2])

    @property
    def python(self) -> str:
        return f"3.{self.minor}"

    @property
    def is_local(self) -> bool:
        return self.platform == "local"

    def __str__(self) -> str:
        """What a person calls it: `python3.13 on arm64`."""
        return f"{self.runtime} on {'this machine' if self.is_local else self.architecture}"

    def key(self) -> str:
        """A file name that is the same for equal targets only."""
        return f"{self.runtime}-{self.architecture}-{self.platform}"

    def marker_environment(self) -> dict[str, str]:
        """Values of the environment markers ("Dependency specifiers", packaging.python.org) on this target."""
        if self.is_local:
            from packaging.markers import default_environment

            return {key: str(value) for key, value in default_environment().items()}
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": "aarch64" if self.architecture == "arm64" else "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def standard_library(self) -> frozenset[str]:
        """Top-level names of the target's standard library."""
        names = set(sys.stdlib_module_names)
        for minor, added in _ADDED.items():
            names = names | set(added) if self.minor >= minor else names - set(added)
        for minor, removed in _REMOVED.items():
            names = names - set(removed) if self.minor >= minor else names | set(removed)
        return frozenset(names)

    def removed_in(self, module: str) -> str | None:
        """The Python that dropped this module of the standard library, if the target no longer has it."""
        for minor, removed in _REMOVED.items():
            if module in removed and self.minor >= minor:
                return f"3.{minor}"
        return None
