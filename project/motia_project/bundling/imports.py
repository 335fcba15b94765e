"""The imports of one Python file, read from its syntax tree; nothing is run.

What a condition can settle without running the file is settled for the target: `TYPE_CHECKING`, `sys.version_info`,
`sys.platform` and `__name__ == "__main__"`. An import that the file itself guards against failing is optional.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace

from motia_project.bundling.target import Target

_GUARDS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Import:
    """One imported module.

    module: dotted, without the leading dots of a relative import. level: number of those dots. names: what `from`
    takes out of it, `*` included; each may be a submodule. optional: failing is allowed. unless: modules that, all
    found, make this a fallback which never runs.
    """

    module: str
    line: int
    level: int = 0
    names: tuple[str, ...] = ()
    optional: bool = False
    unless: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """The statement as its author would recognise it."""
        module = "." * self.level + self.module
        return f"from {module} import {', '.join(self.names)}" if self.names else f"import {module}"


@dataclass(frozen=True)
class Imports:
    """What a file imports. dynamic: lines of imports whose name is only known when they run. exported: its
    `__all__`, when it is a plain list of strings."""

    imports: tuple[Import, ...]
    dynamic: tuple[int, ...] = ()
    exported: tuple[str, ...] = ()


def read_imports(source: bytes, target: Target) -> Imports:
    """Imports of a file in order of appearance. Raises SyntaxError (ValueError for null bytes)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    reader = _Reader(target)
    reader.body(tree.body)
    return Imports(tuple(reader.found), tuple(reader.dynamic), _exported(tree))


class _Reader:
    """Walks statements, knowing under which guards it stands."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.found: list[Import] = []
        self.dynamic: list[int] = []
        self.optional = False
        self.unless: tuple[str, ...] = ()

    def body(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.node(node)

    def node(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.add(Import(alias.name, node.lineno))
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            self.add(Import(node.module or "", node.lineno, node.level, names))
        elif isinstance(node, ast.If):
            self.condition(node)
        elif isinstance(node, ast.Try) and any(_catches(h.type) for h in node.handlers):
            self.guarded(node)
        elif isinstance(node, ast.With) and any(_suppresses(item.context_expr) for item in node.items):
            self.scope(node.body, optional=True)
        elif isinstance(node, ast.expr):  # holds no statements, may be nested deeper than Python recurses
            self.calls(node)
        else:
            self.body(ast.iter_child_nodes(node))

    def add(self, found: Import) -> None:
        self.found.append(replace(found, optional=self.optional, unless=self.unless))

    def scope(self, nodes: Iterable[ast.AST], *, optional: bool = False, unless: tuple[str, ...] = ()) -> None:
        before = self.optional, self.unless
        self.optional, self.unless = self.optional or optional, self.unless or unless
        self.body(nodes)
        self.optional, self.unless = before

    def condition(self, node: ast.If) -> None:
        while True:
            verdict = _decide(node.test, self.target)
            self.calls(node.test)
            if verdict is not False:
                self.body(node.body)
            if verdict is True:
                return
            if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
                self.body(node.orelse)
                return
            node = node.orelse[0]

    def guarded(self, node: ast.Try) -> None:
        start = len(self.found)
        self.scope(node.body, optional=True)
        tried = tuple(found.module for found in self.found[start:] if not found.level)
        for handler in node.handlers:
            self.scope(handler.body, unless=tried)
        self.body(node.orelse)
        self.body(node.finalbody)

    def calls(self, expression: ast.expr) -> None:
        for node in ast.walk(expression):
            if isinstance(node, ast.Call):
                self.call(node)

    def call(self, node: ast.Call) -> None:
        """`importlib.import_module("x")` and `__import__("x")`."""
        if _dotted(node.func).rpartition(".")[2] not in ("import_module", "__import__") or not node.args:
            return
        name = node.args[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            module = name.value.lstrip(".")
            self.add(Import(module, node.lineno, len(name.value) - len(module)))
        else:
            self.dynamic.append(node.lineno)


def _dotted(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _catches(kind: ast.expr | None) -> bool:
    """Whether an except clause catches a failed import."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or _dotted(one).rpartition(".")[2] in _GUARDS for one in kinds)


def _suppresses(node: ast.expr) -> bool:
    is_suppress = isinstance(node, ast.Call) and _dotted(node.func).rpartition(".")[2] == "suppress"
    return is_suppress and isinstance(node, ast.Call) and any(_catches(arg) for arg in node.args)


def _decide(test: ast.expr, target: Target) -> bool | None:
    """The value of a condition on the target, None when it takes running the file to know."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _decide(test.operand, target)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _decide_all([_decide(value, target) for value in test.values], isinstance(test.op, ast.And))
    if _dotted(test).rpartition(".")[2] == "TYPE_CHECKING":
        return False
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return None
    left, operator, right = _dotted(test.left), test.ops[0], test.comparators[0]
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return None
    if left == "sys.version_info" and isinstance(value, tuple):
        return _ordered((3, target.minor)[: len(value)], operator, value[:2])
    if left == "sys.platform" and isinstance(operator, ast.Eq | ast.NotEq):
        return (value == (sys.platform if target.is_local else "linux")) is isinstance(operator, ast.Eq)
    if left == "__name__" and value == "__main__" and isinstance(operator, ast.Eq):
        return False
    return None


def _decide_all(values: list[bool | None], is_and: bool) -> bool | None:
    if (not is_and) in values:
        return not is_and
    return None if None in values else is_and


def _ordered(have: tuple[int, ...], operator: ast.cmpop, want: tuple[int, ...]) -> bool | None:
    match operator:
        case ast.GtE():
            return have >= want
        case ast.Gt():
            return have > want if len(want) > 1 else True
        case ast.Lt():
            return have < want
        case ast.LtE():
            return have <= want if len(want) > 1 else False
        case _:
            return None


def _exported(tree: ast.Module) -> tuple[str, ...]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_dotted(t) == "__all__" for t in node.targets):
            try:
                names = ast.literal_eval(node.value)
            except ValueError:
                return ()
            return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list | tuple) else ()
    return ()
