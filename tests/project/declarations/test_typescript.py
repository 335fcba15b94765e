"""`tsc --strict` on Steps that use the generated types: what is right passes, what is wrong is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import node_packages
from motia_project.declarations import write_types
from motia_project.model import Project
from motia_project.node.types_package import put_types_package
from typed_projects import api, cron, event, obj, project, stream

TYPED = Path(__file__).with_name("typed")
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
OPTIONS = {
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "types": ["node"],
    "strict": True,
    "noEmit": True,
    "allowJs": True,
    "checkJs": True,
    "exactOptionalPropertyTypes": False,
}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    node_packages.link(tmp_path)
    return tmp_path


def tsc(root: Path, *include: str, **options: Any) -> str:
    """What the compiler says about a project."""
    put_types_package(root)
    config = {"compilerOptions": {**OPTIONS, **options}, "include": ["types.d.ts", *include]}
    (root / "tsconfig.json").write_text(json.dumps(config))
    done = subprocess.run(
        ["node", node_packages.FOLDER / "node_modules/typescript/bin/tsc", "--pretty", "false"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


def shop(root: Path) -> Project:
    thread = {
        "$ref": "#/$defs/Thread",
        "$defs": {"Thread": obj(text=STRING, replies={"items": {"$ref": "#/$defs/Thread"}})},
    }
    created = obj(
        id=STRING,
        roles={"type": "array", "items": {"enum": ["admin", "member"]}},
        manager={"anyOf": [STRING, {"type": "null"}]},
        level={"enum": [1, 2, 3]},
    )
    return project(
        api("Create 'User'", "user.created", "user.billed", bodySchema=obj(name=STRING, age_=INTEGER),
            responseSchema={"201": obj(id=STRING), "400": obj(error=STRING)}, description="Makes */ a user"),
        event("Welcome", "user.created", input=created),
        event("Count", "user.created", language="python"),
        event("Bill", "user.billed", fifo=True, input=obj(id=STRING, cents=INTEGER)),
        event("Read", "thread.read", language="python", input=thread),
        event("Anything", "anything", language="python"),
        cron("Nightly", "thread.read", "anything"),
        stream("chat", obj(text=STRING, at={"type": ["string", "null"]})),
        auth=obj(user=STRING, staff_={"type": "boolean"}),
        root=root,
    )  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"moduleResolution": "nodenext", "module": "nodenext"},
        {"verbatimModuleSyntax": True, "isolatedModules": True, "noUnusedLocals": True},
        {"exactOptionalPropertyTypes": True, "noUncheckedIndexedAccess": True},
    ],
    ids=["strict", "nodenext", "verbatim", "stricter"],
)  # fmt: skip
def test_steps_are_checked_against_their_configurations(root: Path, options: dict[str, Any]) -> None:
    shutil.copytree(TYPED, root / "steps")
    (root / "package.json").write_text('{"type": "module"}')
    write_types(shop(root))
    assert tsc(root, "steps", **options) == ""


def test_every_kind_of_schema_makes_types_that_compile(root: Path) -> None:
    person = obj(name=STRING)
    schemas = [
        {"type": "string", "format": "binary"},
        {"enum": ["it's", "\u2028", "\ud800", 1, None, {"a": [1]}]},
        {"type": ["object", "null"], "properties": {"a-b": STRING, "1": STRING, "é": STRING, "class": STRING}},
        {**person, "additionalProperties": INTEGER},
        {"type": "object", "properties": {"a": STRING}, "additionalProperties": {"$ref": "#"}},
        {"type": "object", "additionalProperties": {"$ref": "#"}},
        {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"allOf": [{"$ref": "#/$defs/A"}, person]}}},
        {"type": "array", "prefixItems": [STRING, {"anyOf": [INTEGER, STRING]}], "minItems": 1, "items": {"$ref": "#"}},
        {"allOf": [{"$ref": "#/$defs/P"}, person], "$defs": {"P": {"anyOf": [person, STRING]}}},
        {"type": "object", "propertyNames": {"enum": ["a"]}, "additionalProperties": {"$ref": "#"}},
        {"items": {"$ref": "#/$defs/Handlers"}, "$defs": {"Handlers": STRING}},
        {"items": {"$ref": "#/$defs/Array"}, "$defs": {"Array": {"items": {"$ref": "#/$defs/any"}}, "any": STRING}},
        {"type": "object", "properties": {"a": {**person, "description": "*/ }"}, "b": {"$ref": "#/properties/a"}}},
        {"not": {}},
        {"oneOf": [person, {"type": "array", "items": [STRING]}], "nullable": True},
    ]  # fmt: skip
    steps = [event(f"Step {number}", f"t{number}", input=schema) for number, schema in enumerate(schemas)]
    emitter = cron("Emits", *(f"t{number}" for number in range(len(schemas))))
    streams = [stream(f"s{number}", schema) for number, schema in enumerate(schemas)]
    write_types(project(*steps, emitter, *streams, root=root))
    # Without skipLibCheck errors in .d.ts files are reported, of all of them.
    assert tsc(root, skipLibCheck=False) == ""


def test_an_empty_project_has_types_too(root: Path) -> None:
    write_types(project(root=root))
    (root / "a.ts").write_text("import type { Handlers } from 'motia'\nexport type Names = keyof Handlers\n")
    assert tsc(root, "a.ts") == ""


def test_a_mistake_is_told_at_its_place(root: Path) -> None:
    write_types(shop(root))
    (root / "a.ts").write_text(
        "import type { Handlers } from 'motia'\n"
        "export const handler: Handlers['Nightly'] = async ({ emit }) => {\n"
        "  await emit({ topic: 'thread.rad', data: { text: 'a', replies: [] } })\n"
        "}\n"
    )
    said = tsc(root, "a.ts")
    assert said.startswith("a.ts(3,16): error TS2820:"), said
    assert "Did you mean '\"thread.read\"'?" in said
