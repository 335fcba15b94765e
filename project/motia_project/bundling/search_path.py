"""Folders of the project that a file puts on `sys.path`, worked out from its syntax tree; nothing is run.

Understood is what people write to reach a folder from where their file lies: `os.path` functions and `pathlib` around
`__file__` and the current folder, which is the project's root everywhere, and names given to such paths before.
"""

from __future__ import annotations

import ast
import posixpath
import warnings
from collections.abc import Iterator
from pathlib import PurePosixPath

_ROOT = "/above/project"  # stands for the project's root, so that a path that leaves it is seen
_SAME = ("str", "fspath", "abspath", "realpath", "normpath", "resolve", "absolute", "as_posix", "expanduser")
_GROW = ("insert", "append", "extend")


def search_folders(source: bytes, file: str) -> tuple[str, ...]:
    """Folders relative to the root ("" is the root itself) that `file` adds. Raises what `ast.parse` does.

    A path that cannot be worked out, or lies outside of the project, is left out.
    """
    if b"sys" not in source or b"path" not in source:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    values = _Values(f"{_ROOT}/{file}")
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values.names.setdefault(node.targets[0].id, node.value)
    for node in ast.walk(tree):
        for added in _added(node):
            path = values.of(added)
            folder = posixpath.normpath(posixpath.join(_ROOT, path)) if path is not None else ""
            if folder == _ROOT or folder.startswith(f"{_ROOT}/"):
                found[folder[len(_ROOT) + 1 :]] = None
    return tuple(found)


def _added(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that a statement or call adds to `sys.path`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        grows = node.func.attr in _GROW and _is_sys_path(node.func.value)
        if (grows or node.func.attr == "addsitedir") and node.args:
            yield from _items(node.args[-1])
    elif isinstance(node, ast.AugAssign | ast.Assign):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        if any(map(_is_sys_path, targets)):
            yield from _items(node.value)


def _items(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        yield from node.elts
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not _is_sys_path(node):
        yield node
        yield from _items(node.left)
        yield from _items(node.right)
    else:
        yield node


def _is_sys_path(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "path"
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )


class _Values:
    """What an expression comes to as a path or text, None where only running the file would tell."""

    def __init__(self, file: str) -> None:
        self.names: dict[str, ast.expr] = {}
        self._file = file
        self._asked: set[str] = set()

    def of(self, node: ast.expr) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id="__file__"):
                return self._file
            case ast.Name(id=name) if name in self.names and name not in self._asked:
                self._asked.add(name)
                value = self.of(self.names[name])
                self._asked.discard(name)
                return value
            case ast.BinOp(op=ast.Div()):
                return self._joined([node.left, node.right])
            case ast.BinOp(op=ast.Add()):
                return self._concatenated([node.left, node.right])
            case ast.JoinedStr():
                parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
                return self._concatenated(parts)
            case ast.Attribute(attr="pardir"):
                return ".."
            case ast.Attribute(attr="parent", value=inner):
                return self._parent(inner, 1)
            case ast.Subscript(value=ast.Attribute(attr="parents", value=inner), slice=ast.Constant(value=int(level))):
                return self._parent(inner, level + 1) if level >= 0 else None
            case ast.Call():
                return self._call(node)
        return None

    def _call(self, node: ast.Call) -> str | None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        subject = [*node.args] or ([function.value] if isinstance(function, ast.Attribute) else [])
        if name in ("getcwd", "cwd"):
            return _ROOT
        if name in _SAME and subject:
            path = self.of(subject[0])
            return path if path is None or name in ("str", "fspath", "as_posix") else _absolute(path)
        if name == "dirname" and node.args:
            path = self.of(node.args[0])
            return None if path is None else posixpath.dirname(path)
        if name == "joinpath" and isinstance(function, ast.Attribute):
            return self._joined([function.value, *node.args])
        return self._joined(node.args) if name in ("join", "Path", "PurePath", "PosixPath") else None

    def _joined(self, parts: list[ast.expr]) -> str | None:
        values = [self.of(part) for part in parts]
        return None if None in values else str(PurePosixPath(*(value for value in values if value is not None)))

    def _concatenated(self, parts: list[ast.expr]) -> str | None:
        values = [self.of(part) for part in parts]
        return None if None in values else "".join(value for value in values if value is not None)

    def _parent(self, inner: ast.expr, levels: int) -> str | None:
        path = self.of(inner)
        if path is None:
            return None
        above = PurePosixPath(path)
        for _ in range(levels):
            above = above.parent
        return str(above)


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join(_ROOT, path))
