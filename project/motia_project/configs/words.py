"""What messages say to people who write another language than Python."""

from __future__ import annotations

from dataclasses import dataclass, replace

from motia_project.model import Language, Problem


@dataclass(frozen=True)
class Words:
    """How a language names things. replaced: words of Python in messages -> those of the language."""

    step_files: str
    stream_files: str
    handler: str
    no_handler: str
    parameters: dict[str, str]
    replaced: dict[str, str]


WORDS: dict[Language, Words] = {
    "python": Words(
        step_files="*_step.py",
        stream_files="*_stream.py",
        handler="async def handler{parameters}",
        no_handler="the file defines no `handler`",
        parameters={"api": "(req, context)", "event": "(input_data, context)", "cron": "(context)"},
        replaced={},
    ),
    "node": Words(
        step_files="*.step.ts or *.step.js",
        stream_files="*.stream.ts or *.stream.js",
        handler="export const handler = async {parameters} => {{ ... }}",
        no_handler="the file exports no `handler`",
        parameters={"api": "(req, ctx)", "event": "(input, ctx)", "cron": "(ctx)"},
        replaced={
            "a dictionary": "an object",
            "a pydantic model class": "a schema of zod",
            "None": "null",
            "True or False": "true or false",
            "auth_context": "authContext",
        },
    ),
}


def spoken(problem: Problem, language: Language) -> Problem:
    """The problem in the words of a language."""
    changes = {}
    for name in ("what", "allowed", "remedy"):
        text = getattr(problem, name)
        for word, other in WORDS[language].replaced.items():
            text = text and text.replace(word, other)
        changes[name] = text
    return replace(problem, **changes) if WORDS[language].replaced else problem
