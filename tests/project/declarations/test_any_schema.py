"""Whatever a schema says, the types compile."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import node_packages
from motia_project.declarations import write_types
from motia_project.node.types_package import put_types_package
from typed_projects import cron, event, project, stream

NAMES = ["a", "b-c", "it's", "", "1", "Node", "Array", "type", "é", "__proto__", "constructor"]
VALUES = ["a", "it's", 1, -2.5, True, None, [1, ["a"]], {"k": {"a-b": None}}, "\u2028", "\\"]
PLAIN = ["string", "number", "integer", "boolean", "null", "object", "array"]


class Schemas:
    """Random schemas, with definitions that use each other. seed: the same ones every time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def whole(self) -> dict[str, Any]:
        names = self._random.sample(NAMES, 3)
        made = self.one(4, names)
        root = made if isinstance(made, dict) else {}
        return {**root, "$defs": {name: self.one(3, names) for name in names}}

    def one(self, depth: int, names: list[str]) -> Any:
        pick = self._random.random()
        if pick < 0.05:
            return self._random.choice([True, False, {}])
        if pick < 0.25:
            return {"$ref": self._random.choice([*(f"#/$defs/{name}" for name in names), "#", "#/properties/a", "#/x"])}
        schema: dict[str, Any] = {"description": "*/ \n"} if pick < 0.4 else {}
        for _ in range(self._random.randint(1, 2)):
            schema.update(self._keyword(depth - 1, names))
        return schema

    def _keyword(self, depth: int, names: list[str]) -> dict[str, Any]:
        choose = self._random.choice
        if depth <= 0:
            simple = [{"type": choose(PLAIN)}, {"const": choose(VALUES)}, {"enum": self._random.sample(VALUES, 3)}]
            return choose([*simple, {"type": "string", "format": "binary"}, {"type": self._random.sample(PLAIN, 2)}])
        some = [self.one(depth, names) for _ in range(self._random.randint(1, 3))]
        chosen = dict(zip(self._random.sample(NAMES, len(some)), some, strict=True))
        return choose(
            [
                {"type": "object", "properties": chosen, "required": self._random.sample(NAMES, 2)},
                {"type": "object", "properties": chosen, "additionalProperties": some[0]},
                {"type": "object", "additionalProperties": some[0]},
                {"propertyNames": {"enum": self._random.sample(NAMES, 2)}, "additionalProperties": some[0]},
                {"patternProperties": chosen},
                {"type": "array", "items": some[0]},
                {"type": "array", "prefixItems": some, "items": some[0], "minItems": 1},
                {"items": some, "additionalItems": False},
                {"anyOf": some},
                {"oneOf": some, "nullable": True},
                {"allOf": some},
                {"not": some[0]},
            ]
        )


def test_any_schema_makes_types_that_compile(tmp_path: Path) -> None:
    node_packages.link(tmp_path)
    schemas = Schemas(20)
    steps = [event(f"Step {n}", f"t{n % 40}", input=schemas.whole()) for n in range(120)]
    emitter = cron("Emits", *(f"t{n}" for n in range(40)))
    streams = [stream(f"stream {n}", schemas.whole()) for n in range(60)]
    write_types(project(*steps, emitter, *streams, auth=schemas.whole(), root=tmp_path))
    put_types_package(tmp_path)
    options = ["--strict", "--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"]
    command = ["node", node_packages.FOLDER / "node_modules/typescript/bin/tsc", *options, "--types", "node"]
    done = subprocess.run([*command, "types.d.ts"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout == ""
