"""Importing a Step file the way its author thinks of it: by its dotted path from the project's root."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from motia.descriptor import StepDescriptor
from motia.errors import StepLoadError
from motia.failure import stack
from motia.kinds import kind_of

SOURCES = ("steps", "src")  # the folders that hold Steps
_ABOVE = "_motia_root"
_KEPT = ("motia", "motia_handlers")  # a bundle has them beside the Steps


@dataclass(frozen=True)
class LoadedStep:
    """A Step ready to run. arity: how many positional arguments the handler takes, at most 2; required: of these, how
    many it must have."""

    descriptor: StepDescriptor
    handler: Callable[..., Any]
    middleware: tuple[Callable[..., Any], ...] = ()
    arity: int = 2
    parameters: tuple[str, ...] = field(default=())
    required: int = 0


def load_step(root: Path, descriptor: StepDescriptor) -> LoadedStep:
    """Import the Step's file under `root`; StepLoadError, with the user's part of the traceback, when that fails."""
    module = load_module(root, descriptor.file)
    handler = getattr(module, "handler", None)
    if not callable(handler):
        found = "has no handler" if handler is None else f"has a handler that is {kind_of(handler)}"
        signature = {"cron": "context", "api": "req, context"}.get(descriptor.type, "data, context")
        raise StepLoadError(
            f"the Step {descriptor.name!r} {found}",
            where=descriptor.file,
            remedy=f"define `async def handler({signature}):` at the top level of the file",
        )
    config = getattr(module, "config", None)
    middleware = tuple((config.get("middleware") if isinstance(config, Mapping) else None) or ())
    if bad := [layer for layer in middleware if not callable(layer)]:
        raise StepLoadError(
            f"the middleware {bad[0]!r} of the Step {descriptor.name!r} cannot be called",
            where=descriptor.file,
            remedy="list functions (req, context, next_fn) in config['middleware']",
        )
    parameters = positional_parameters(handler)
    return LoadedStep(
        descriptor, handler, middleware, min(len(parameters), 2), parameters, required_parameters(handler)
    )


def required_parameters(handler: Callable[..., Any]) -> int:
    """How many positional arguments a handler must have; 0 when it does not tell."""
    return sum(parameter.default is parameter.empty for parameter in _positional(handler) or ())


def positional_parameters(handler: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the positional parameters of a handler; two unknown ones when it does not tell."""
    found = _positional(handler, all_known=True)
    return ("", "") if found is None else tuple(parameter.name for parameter in found)


def _positional(handler: Callable[..., Any], *, all_known: bool = False) -> list[inspect.Parameter] | None:
    """The positional parameters of a handler, None when it does not tell. all_known: `*args` tells nothing."""
    try:
        parameters = list(inspect.signature(handler).parameters.values())
    except (TypeError, ValueError):
        return None
    if all_known and any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter for parameter in parameters if parameter.kind in positional]


def load_module(root: Path, file: str) -> ModuleType:
    """The module of `file` (relative to `root`), imported once under its dotted name, with `root` on sys.path.

    Folders need no `__init__.py` and may hold dashes. A folder of the project wins over an installed package of its
    name. When another project was loaded before, its modules are forgotten first.
    """
    path = (root / file).resolve()
    root = root.resolve()
    _enter(root)
    *parents, name = Path(file).with_suffix("").parts
    try:
        for source in {*SOURCES, *parents[:1]}:
            _anchor(root, source)
        if any("." in part for part in (*parents, name)):
            return _load_undotted(path, ".".join((*parents, name)))
        return _import(root, ".".join((*parents, name)))
    except (KeyboardInterrupt, StepLoadError):
        raise
    except BaseException as error:
        raise _load_error(error, path, file) from None


def _import(root: Path, name: str) -> ModuleType:
    """Import by dotted name. A relative import that climbs to the project's root needs a package above it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if "beyond top-level package" not in str(error):
            raise
    if _ABOVE not in sys.modules:
        sys.modules[_ABOVE] = _namespace(_ABOVE, root)
    return importlib.import_module(f"{_ABOVE}.{name}")


_root: Path | None = None  # whose modules are in sys.modules


def _enter(root: Path) -> None:
    """Put the project on sys.path, and another project's modules out of the way: both may have `src.models`."""
    global _root
    if _root not in (None, root):
        modules = list(sys.modules.items())
        namespaces = {name for name, module in modules if "." not in name and _is_namespace(module, f"{_root}/")}
        for name, module in modules:
            file = getattr(module, "__file__", None) or ""
            inside = file.startswith(f"{_root}/") and "site-packages" not in file
            top = name.partition(".")[0]
            if (inside and top not in _KEPT) or top == _ABOVE or top in namespaces:
                del sys.modules[name]
        sys.path[:] = [entry for entry in sys.path if entry != str(_root)]
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if _root != root:
        importlib.invalidate_caches()
        _root = root


def _is_namespace(module: ModuleType, folder: str) -> bool:
    """Whether a top-level module is a package without a file of its own, and all of it lies in `folder`."""
    if getattr(module, "__file__", None):
        return False
    paths = list(getattr(module, "__path__", ()))
    return bool(paths) and all(path.startswith(folder) for path in paths)


def _anchor(root: Path, folder: str) -> None:
    """Make the top-level package `folder` mean this project's folder, whatever else carries that name."""
    path = root / folder
    present = sys.modules.get(folder)
    if present is not None:
        if not path.is_dir() or str(path) in list(getattr(present, "__path__", ())):
            return
        for name in [name for name in sys.modules if name == folder or name.startswith(f"{folder}.")]:
            del sys.modules[name]
    if path.is_dir() and not (path / "__init__.py").exists():
        sys.modules[folder] = _namespace(folder, path)


def _namespace(name: str, path: Path) -> ModuleType:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(path)]
    return module_from_spec(spec)


def _load_undotted(path: Path, name: str) -> ModuleType:
    """A file whose path holds dots has no dotted name; relative imports cannot work in it, everything else does."""
    safe = "_".join(name.split("."))
    if safe in sys.modules and getattr(sys.modules[safe], "__file__", None) == str(path):
        return sys.modules[safe]
    spec = spec_from_file_location(safe, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = sys.modules[safe] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[safe]
        raise
    return module


def _load_error(error: BaseException, path: Path, file: str) -> StepLoadError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if not path.is_file():
        what, remedy = "the file does not exist", "check `file` in the Step's description"
    elif missing:
        what, remedy = f"no module named {missing!r}", "install it, or correct the import"
    elif isinstance(error, SystemExit):
        what, remedy = f"the file calls sys.exit({error.code!r}) while it is imported", "move that into the handler"
    else:
        what, remedy = f"{type(error).__name__}: {error}", "see the traceback"
    return StepLoadError(f"the Step cannot be imported: {what}", where=file, remedy=remedy, traceback=stack(error))
