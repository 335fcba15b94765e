"""What a handler can be called with."""

from __future__ import annotations

import inspect
from typing import Any


def describe(handler: Any) -> dict[str, Any]:
    """{"callable", "required", "accepts", "keyword_only", "text", "kind"}.

    required, accepts: number of positional arguments; accepts is None for `*args` and where Python cannot tell.
    keyword_only: names of arguments that must be given by name. text: the signature as written.
    kind: function or generator.
    """
    answer: dict[str, Any] = {
        "callable": callable(handler),
        "required": 0,
        "accepts": None,
        "keyword_only": [],
        "text": type(handler).__name__,
        "kind": "generator" if _is_generator(handler) else "function",
    }
    if not answer["callable"]:
        return answer
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):
        return answer
    positional = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    answer["required"] = sum(parameter.default is parameter.empty for parameter in positional)
    answer["accepts"] = None if inspect.Parameter.VAR_POSITIONAL in kinds else len(positional)
    answer["keyword_only"] = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    ]
    bare = [parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()]
    answer["text"] = str(inspect.Signature(bare))
    return answer


def _is_generator(handler: Any) -> bool:
    """Whether calling it makes a generator, and runs nothing."""
    candidates = (handler, getattr(handler, "__call__", None))  # noqa: B004
    return any(inspect.isgeneratorfunction(one) or inspect.isasyncgenfunction(one) for one in candidates)
