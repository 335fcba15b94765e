"""What compiled code fits: the operating system, the processor and the C library that npm packages are made for."""

from __future__ import annotations

import platform as machine
import re
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motia_project.bundling.target import Target

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32"}
_ELF = {0x3E: "x64", 0xB7: "arm64", 0x28: "arm", 0x03: "ia32"}  # e_machine, "ELF-64 Object File Format"
_OTHER_SYSTEMS = {"darwin", "win32", "freebsd", "android", "openbsd", "netbsd", "sunos", "aix", "linuxmusl"}


@dataclass(frozen=True)
class Platform:
    """As package.json names them: system `linux`, processor `arm64`, libc `glibc`."""

    system: str
    processor: str
    libc: str | None

    @classmethod
    def of(cls, target: Target) -> Platform:
        """What Lambda runs on, or for a local target this machine."""
        processor = "arm64" if target.architecture == "arm64" else "x64"
        if not target.is_local:
            return cls("linux", processor, "glibc")
        system = _SYSTEMS.get(sys.platform, sys.platform)
        libc = None if system != "linux" else "glibc" if machine.libc_ver()[0] == "glibc" else "musl"
        return cls(system, processor, libc)

    def __str__(self) -> str:
        return " ".join(part for part in (self.system, self.processor, self.libc) if part)

    def fits(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a package runs here, by `os`, `cpu` and `libc` of its package.json."""
        wanted = (("os", self.system), ("cpu", self.processor), ("libc", self.libc))
        return all(_admits(manifest.get(key), value) for key, value in wanted)

    def is_named_by(self, package: str) -> bool:
        """Whether the name of a package says that it is made for this platform: `@node-rs/crc32-linux-arm64-gnu`."""
        words = set(re.findall(r"[a-z0-9]+", package.replace("x86_64", "x64").replace("aarch64", "arm64")))
        if self.system not in words or self.processor not in words or words & (_OTHER_SYSTEMS - {self.system}):
            return False
        return "gnu" not in words and "glibc" not in words if self.libc == "musl" else "musl" not in words

    def runs(self, addon: Path) -> bool:
        """Whether a native addon is made for this system and processor; one of a format that is not known may be."""
        with addon.open("rb") as file:
            head = file.read(20)
        if head[:4] == b"\x7fELF" and len(head) == 20:
            made_for = _ELF.get(struct.unpack_from("<H", head, 18)[0])
            return self.system == "linux" and made_for == self.processor
        is_darwin = head[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
        is_windows = head[:2] == b"MZ"
        return self.system == ("darwin" if is_darwin else "win32" if is_windows else self.system)


def _admits(given: object, value: str | None) -> bool:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or value is None:
        return True
    if f"!{value}" in names:
        return False
    positive = [name for name in names if not str(name).startswith("!")]
    return not positive or value in positive or "any" in positive
