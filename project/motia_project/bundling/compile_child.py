"""Compiles Python files to bytecode in the target's interpreter; standard library only.

Standard input: JSON list of [source file, its path in the bundle]. Standard output, for each in order: length (4 bytes,
little endian, 0 when it does not compile) and a hash-based, unchecked .pyc ("Cached bytecode invalidation", PEP 552).

Each file is compiled in a fork of the same pristine process: what marshal writes depends on which strings are shared
with the rest of the interpreter, hence on what was compiled before.
"""

import importlib.util
import json
import marshal
import os
import struct
import sys
import warnings


def compiled(source: str, name: str) -> bytes:
    """The content of a .pyc file, empty when the source is not Python of this version."""
    with open(source, "rb") as file:
        text = file.read()
    try:
        code = compile(text, "/var/task/" + name, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return b""
    header = importlib.util.MAGIC_NUMBER + struct.pack("<I", 0b01) + importlib.util.source_hash(text)
    return header + marshal.dumps(code)


def in_a_fork(source: str, name: str) -> bytes:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            out.write(compiled(source, name))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    status = os.waitpid(child, 0)[1]
    return content if status == 0 else b""


def main() -> None:
    warnings.simplefilter("ignore")
    run = in_a_fork if hasattr(os, "fork") else compiled
    for source, name in json.load(sys.stdin):
        content = run(source, name)
        sys.stdout.buffer.write(struct.pack("<I", len(content)) + content)


if __name__ == "__main__":
    main()
