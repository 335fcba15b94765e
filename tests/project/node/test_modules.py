"""How the code of a Step may be written and what it may import: seen by the description that it computes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from motia_project.discovery import discover
from node_sources import link_packages

A, J = "steps/a.step.ts", "steps/a.step.js"
FIXED = "type: 'api', name: 'Hello', path: '/hello', method: 'GET', emits: []"


def described(expression: str, before: str = "") -> str:
    """A Step with a description that it computes."""
    handler = "export const handler = async () => {}"
    return f"{before}\nexport const config = {{ {FIXED}, description: {expression} }}\n{handler}\n"


def package(name: str, code: str, **fields: str) -> dict[str, str]:
    """Files of a package in node_modules whose code is one file."""
    folder, main = f"node_modules/{name}", fields.get("exports", fields.get("main", "./main.js"))
    return {
        f"{folder}/package.json": json.dumps({"name": name, "main": main, **fields}),
        f"{folder}/{main.removeprefix('./')}": code,
    }


CASES = [
    pytest.param(
        {
            J: f"const {{ basename }} = require('node:path')\nmodule.exports = {{ handler() {{}}, "
            f"config: {{ {FIXED}, description: basename(__filename) }} }}"
        },
        "a.step.js",
        id="CommonJS",
    ),
    pytest.param(
        {J: f"exports.config = {{ {FIXED}, description: 'x' }}\nexports.handler = () => {{}}"}, "x", id="exports.config"
    ),
    pytest.param(
        {J: described("basename('/a/b')", "const { basename } = require('path')")}, "b", id="require and export"
    ),
    pytest.param(
        {A: f"export default {{ config: {{ {FIXED}, description: 'x' }}, handler: async () => {{}} }}"},
        "x",
        id="one default export of both",
    ),
    pytest.param(
        {A: f"export const config = {{ {FIXED}, description: 'x' }}\nexport default async () => {{}}"},
        "x",
        id="the handler as default export",
    ),
    pytest.param(
        {A: described("data.text", "import data from '../src/data.json'"), "src/data.json": '{"text": "x"}'},
        "x",
        id="JSON",
    ),
    pytest.param(
        {
            A: described("data.text", "import data from '../src/data.json' with { type: 'json' }"),
            "src/data.json": '{"text": "x"}',
        },
        "x",
        id="JSON by the standard",
    ),
    pytest.param(
        {
            A: described("a + b", "import { a } from '@/lib/a'\nimport b from '#b'"),
            "src/lib/a.ts": "export const a = 'a'",
            "src/b.ts": "export default 'b'",
            "tsconfig.json": '{ "extends": "./base.json" } // with comments',
            "base.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}',
            "package.json": '{"imports": {"#b": "./src/b.ts"}}',
        },
        "ab",
        id="paths of a tsconfig.json that another one has, and imports of package.json",
    ),
    pytest.param(
        {
            J: described("a", "import { a } from 'lib/a'"),
            "src/lib/a.js": "export const a = 'a'",
            "tsconfig.json": '{"compilerOptions": {"baseUrl": "src"}}',
        },
        "a",
        id="baseUrl",
    ),
    pytest.param(
        {A: described("a", "import { a } from '../src/a.js'"), "src/a.ts": "export const a = 'a'"},
        "a",
        id="the name that the compiled file would have",
    ),
    pytest.param(
        {
            A: described(
                "[read(join(__dirname, 'a.txt'), 'utf8'), import.meta.url.slice(-9), helper].join()",
                "import { readFileSync as read } from 'node:fs'\nimport { join } from 'node:path'\n"
                "import { helper } from '../src/helper'",
            ),
            "steps/a.txt": "text",
            "src/helper.ts": "export const helper = import.meta.filename.slice(-13)",
        },
        "text,a.step.ts,src/helper.ts",
        id="files beside the source",
    ),
    pytest.param(
        {
            A: described(
                "__dirname.slice(-5)",
                "import { dirname } from 'node:path'\nimport { fileURLToPath } from 'node:url'\n"
                "const __dirname = dirname(fileURLToPath(import.meta.url))",
            )
        },
        "steps",
        id="a __dirname of its own",
    ),
    pytest.param({J: "#!/usr/bin/env node\n" + described("__filename.slice(-9)")}, "a.step.js", id="a hashbang"),
    pytest.param(
        {A: described("read('data.txt', 'utf8')", "import { readFileSync as read } from 'fs'"), "data.txt": "x"},
        "x",
        id="files by their path from the root",
    ),
    pytest.param(
        {
            A: described("get() + all.get()", "import all, { get } from 'lo'"),
            **package("lo", "const o = {}; o['get'] = () => 'x'; module.exports = Object.assign({}, o)"),
        },
        "xx",
        id="any name of a CommonJS package",
    ),
    pytest.param(
        {
            J: f"const {{ get }} = require('lo')\nmodule.exports = {{ handler() {{}}, "
            f"config: {{ {FIXED}, description: get() + require('lo').default }} }}",
            **package("lo", "export const get = () => 'x'; export default 'y'", type="module"),
        },
        "xy",
        id="require of a package of ES modules",
    ),
    pytest.param(
        {
            A: described("get()", "import { get } from 'lo'"),
            **package("lo", "export const get = (): string => 'x'", exports="./main.ts"),
        },
        "x",
        id="a package in TypeScript",
    ),
    pytest.param(
        {"src/in/a.step.ts": described("z", "import { z } from 'zed'")}
        | {f"src/in/{path}": text for path, text in package("zed", "exports.z = 'inner'").items()}
        | package("zed", "exports.z = 'outer'"),
        "inner",
        id="a package beside the file",
    ),
    pytest.param(
        {
            A: described(
                "x + y",
                "let x = 'none'\ntry { x = require('no') } catch {}\nconst y = await import('no').catch(() => '!')",
            )
        },
        "none!",
        id="optional packages that are not there",
    ),
    pytest.param(
        {
            A: described("STAGE + process.env.SHOP", "declare const STAGE: string"),
            ".env": "SHOP=shop\n",
            "esbuild.config.json": '{"define": {"STAGE": "\\"test \\""}}',
        },
        "test shop",
        id="options of esbuild, variables of .env",
    ),
    pytest.param(
        {A: described("Kind.A + N.x", "enum Kind { A = 'a' }\nnamespace N { export const x = 'n' }")},
        "an",
        id="TypeScript that is more than types",
    ),
    pytest.param(
        {
            A: described("String(motia.original) + typeof core.StreamAdapter", "import * as motia from 'motia'")
            + "import * as core from '@motiadev/core'\n",
            **package("motia", "exports.original = true"),
            **package("@motiadev/core", "exports.original = true"),
        },
        "undefinedfunction",
        id="our runtime, whatever is in node_modules",
    ),
]


@pytest.mark.parametrize(("files", "description"), CASES)
def test_it_runs(files, description, project_of) -> None:
    project = project_of(files)
    assert (project.problems, [step.config["description"] for step in project.steps]) == ((), [description])


def test_a_native_package(write_project) -> None:
    source = described("String(crc32('x')) + nanoid().length", "import { crc32 } from '@node-rs/crc32'")
    root = write_project({A: "import { nanoid } from 'nanoid'\n" + source})
    link_packages(root, "@node-rs/crc32", "nanoid")
    project = discover(root)
    assert (project.problems, project.steps[0].config["description"]) == ((), "236323392321")


def test_a_package_of_a_workspace_is_compiled_and_finds_its_own_packages(tmp_path: Path, write_project) -> None:
    lib = {
        "package.json": '{"name": "lib", "main": "src/main.ts"}',
        "src/main.ts": "import { z } from 'zed'\nexport const get = (): string => `lib ${z}`",
        **package("zed", "exports.z = 'zed'"),
    }
    for name, text in lib.items():
        (tmp_path / "lib" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "lib" / name).write_text(text)
    root = write_project({A: described("get()", "import { get } from 'lib'"), "node_modules/.keep": ""})
    os.symlink("../../lib", root / "node_modules/lib")  # noqa: PTH211  relative, as npm makes it
    project = discover(root)
    assert (project.problems, project.steps[0].config["description"]) == ((), "lib zed")
