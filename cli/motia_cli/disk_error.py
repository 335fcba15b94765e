"""The disk refuses: no permission, no space, a file where a folder belongs. Every command may meet it anywhere."""

from __future__ import annotations

import errno
import os

from motia.errors import ProjectError

_REMEDIES = {
    errno.EACCES: "give yourself the permission, or work in a copy of the folder",
    errno.EPERM: "give yourself the permission, or work in a copy of the folder",
    errno.EROFS: "work in a copy of the folder on a disk that can be written",
    errno.ENOSPC: "make space on the disk",
    errno.EDQUOT: "make space on the disk",
    errno.EEXIST: "move away what is in its place",
    errno.ENOTDIR: "move away the file that is in the place of a folder",
    errno.EISDIR: "move away the folder that is in the place of a file",
    errno.EMFILE: "allow more open files: ulimit -n 4096",
    errno.ENAMETOOLONG: "work in a folder with a shorter path",
}


def disk_error(error: OSError) -> ProjectError | None:
    """What to tell a person about `error`; None when it is not about the disk."""
    remedy = _REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    path = error.filename2 or error.filename
    where = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else None
    return ProjectError(f"a file cannot be used: {error.strerror}", where=where, remedy=remedy)
