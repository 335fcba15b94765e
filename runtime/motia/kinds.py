"""What a value is, in a sentence."""

from __future__ import annotations


def kind_of(value: object) -> str:
    """The name of the value's type with its article: "a dict", "an int", "None"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
