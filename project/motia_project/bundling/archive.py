"""Zip files put together from parts that are compressed once.

A pack holds the local records of some files as they stand in a zip (header and raw deflate data); a bundle copies the
records it needs out of its packs and writes a central directory behind them. Layout: "4.3 General Format of a .ZIP
file" of PKWARE's APPNOTE. Names are UTF-8 and times 1980-01-01 00:00, the earliest there is, so that equal files give
equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from motia.errors import ProjectError

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_FOOTER = struct.Struct("<II4s")
_MAGIC = b"MPK1"
_UTF8, _DEFLATE, _STORE, _VERSION, _UNIX = 0x800, 8, 0, 20, 3
_DOS_DATE = (0 << 9) | (1 << 5) | 1
_LEVEL, _FAST = 6, 4  # for code that is put together anew at every change, and takes most of the time of its build
_PUT_TOGETHER = (".mjs", ".map")
_MAX_ENTRIES, _MAX_BYTES = 0xFFFF - 1, 0xFFFFFFFF - 1  # beyond these a zip needs the zip64 records that we never write


@dataclass(frozen=True)
class Entry:
    """A file in a pack. start, length: of its local record there. size: unpacked. mode: its permissions."""

    path: str
    start: int
    length: int
    crc: int
    method: int
    compressed: int
    size: int
    mode: int

    @property
    def is_bytecode(self) -> bool:
        return self.path.endswith(".pyc")


class Pack:
    """A finished pack, read through the page cache. ValueError when it is not whole."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._map) < _FOOTER.size:
            raise ValueError(f"{path} is not a pack")
        length, crc, magic = _FOOTER.unpack_from(self._map, len(self._map) - _FOOTER.size)
        index = self._map[len(self._map) - _FOOTER.size - length : len(self._map) - _FOOTER.size]
        if magic != _MAGIC or zlib.crc32(index) != crc:
            raise ValueError(f"{path} is not a pack")
        self.entries = [Entry(*fields) for fields in json.loads(index)]

    def records(self, start: int, end: int) -> memoryview:
        return memoryview(self._map)[start:end]


def pack(files: Iterable[tuple[str, bytes, bool]]) -> bytes:
    """A pack of (path, content, executable), in this order."""
    records: list[bytes] = []
    entries: list[tuple[object, ...]] = []
    start = 0
    for path, content, executable in files:
        packer = zlib.compressobj(_FAST if path.endswith(_PUT_TOGETHER) else _LEVEL, zlib.DEFLATED, -15)
        data = packer.compress(content) + packer.flush()
        method = _DEFLATE
        if len(data) >= len(content):
            data, method = content, _STORE
        crc = zlib.crc32(content)
        name = path.encode()
        header = _LOCAL.pack(
            *(0x04034B50, _VERSION, _UTF8, method, 0, _DOS_DATE, crc, len(data), len(content), len(name), 0)
        )
        records += (header, name, data)
        length = len(header) + len(name) + len(data)
        mode = 0o755 if executable else 0o644
        entries.append((path, start, length, crc, method, len(data), len(content), mode))
        start += length
    index = json.dumps(entries, separators=(",", ":")).encode()
    return b"".join((*records, index, _FOOTER.pack(len(index), zlib.crc32(index), _MAGIC)))


def write_zip(path: Path, chosen: list[tuple[Pack, Entry]]) -> str:
    """Write the chosen files, sorted by name, into a zip at `path` and return its SHA-256.

    Raises ProjectError for more files or bytes than a plain zip can hold.
    """
    chosen = sorted(chosen, key=lambda one: one[1].path)
    total = sum(entry.length for _, entry in chosen)
    if len(chosen) > _MAX_ENTRIES or total > _MAX_BYTES:
        raise ProjectError(
            f"{len(chosen)} files of together {total} bytes do not fit into one zip file",
            where=path.name,
            allowed=f"{_MAX_ENTRIES} files, {_MAX_BYTES} bytes",
        )
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def write(data: bytes | memoryview) -> None:
            digest.update(data)
            file.write(data)

        directory: list[bytes] = []
        offset = 0
        run: tuple[Pack, int, int] | None = None
        for source, entry in chosen:
            if run and run[0] is source and run[2] == entry.start:
                run = source, run[1], entry.start + entry.length  # neighbours there and here: one copy
            else:
                if run:
                    write(run[0].records(run[1], run[2]))
                run = source, entry.start, entry.start + entry.length
            directory.append(_central(entry, offset))
            offset += entry.length
        if run:
            write(run[0].records(run[1], run[2]))
        central = b"".join(directory)
        write(central)
        write(_END.pack(0x06054B50, 0, 0, len(chosen), len(chosen), len(central), offset, 0))
    return digest.hexdigest()


def _central(entry: Entry, offset: int) -> bytes:
    name = entry.path.encode()
    attributes = (0o100000 | entry.mode) << 16
    fixed = _CENTRAL.pack(
        *(0x02014B50, (_UNIX << 8) | _VERSION, _VERSION, _UTF8, entry.method, 0, _DOS_DATE),
        *(entry.crc, entry.compressed, entry.size, len(name), 0, 0, 0, 0, attributes, offset),
    )
    return fixed + name
