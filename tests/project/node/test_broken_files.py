"""TypeScript and JavaScript files that cannot be imported, and what is said about them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from node_sources import api

pytestmark = pytest.mark.xdist_group("broken-files")

CASES = [
    pytest.param(
        "steps/missing_package.step.ts",
        "import pad from 'left-pad'\nconsole.log(pad)\n" + api(),
        """
        steps/missing_package.step.ts
          error: the file cannot be imported: no package 'left-pad' is found
              do: run `npm install left-pad`
              steps/missing_package.step.ts:1:17
                  import pad from 'left-pad'
                                  ^^^^^^^^^^
        """,
        id="a missing package",
    ),
    pytest.param(
        "steps/alias.step.ts",
        "import { x } from '@/lib/x'\nconsole.log(x)\n" + api(),
        """
        steps/alias.step.ts
          error: the file cannot be imported: no package '@/lib/x' is found
              do: give `@/*` a folder in `paths` of tsconfig.json, such as ["./src/*"]
              steps/alias.step.ts:1:19
                  import { x } from '@/lib/x'
                                    ^^^^^^^^^
        """,
        id="a path that tsconfig.json does not know",
    ),
    pytest.param(
        "steps/other_folder.step.ts",
        "import { x } from '../lib/nix'\nconsole.log(x)\n" + api(),
        """
        steps/other_folder.step.ts
          error: the file cannot be imported: no file '../lib/nix' is found
              do: there is no folder lib: check the path
              steps/other_folder.step.ts:1:19
                  import { x } from '../lib/nix'
                                    ^^^^^^^^^^^^
        """,
        id="a folder that is not there",
    ),
    pytest.param(
        "steps/builtin.step.ts",
        "import { x } from 'fs/nix'\nconsole.log(x)\n" + api(),
        """
        steps/builtin.step.ts
          error: the file cannot be imported: no package 'fs/nix' is found
              do: 'fs' has no module 'fs/nix': check its name
              steps/builtin.step.ts:1:19
                  import { x } from 'fs/nix'
                                    ^^^^^^^^
        """,
        id="a module of Node that does not exist",
    ),
    pytest.param(
        "steps/builtin_2.step.ts",
        "import { x } from 'node:nix'\nconsole.log(x)\n" + api(),
        """
        steps/builtin_2.step.ts
          error: the file cannot be imported: Error: No such built-in module: node:nix
        """,
        id="a module of Node that does not exist, with its prefix",
    ),
    pytest.param(
        "steps/syntax.step.ts",
        "export const config = {\n  type: 'api',\n  name: 'é', path = '/x'\n}\n",
        """
        steps/syntax.step.ts
          error: the file is not valid TypeScript: Unexpected "="
              steps/syntax.step.ts:3:19
                  name: 'é', path = '/x'
                                  ^
        """,
        id="a syntax error",
    ),
    pytest.param(
        "steps/first_line.step.ts",
        "const a = __dirname; const b = = 1\n",
        """
        steps/first_line.step.ts
          error: the file is not valid TypeScript: Unexpected "="
              steps/first_line.step.ts:1:32
                  const a = __dirname; const b = = 1
                                                 ^
        """,
        id="a syntax error behind __dirname",
    ),
    pytest.param(
        "steps/unclosed.step.ts",
        "export const config = {\n  type: 'api'",
        """
        steps/unclosed.step.ts
          error: the file is not valid TypeScript: Expected "}" but found end of file
              steps/unclosed.step.ts:2:14
                  type: 'api'
                             ^
        """,
        id="an object that is not closed",
    ),
    pytest.param(
        "steps/thrown_text.step.ts",
        "throw 'no'\n",
        """
        steps/thrown_text.step.ts
          error: the file cannot be imported: a thrown value: "no"
        """,
        id="a text that is thrown",
    ),
    pytest.param(
        "steps/cause.step.ts",
        "try { JSON.parse('{') } catch (cause) { throw new Error('settings', { cause }) }\n",
        """
        steps/cause.step.ts
          error: the file cannot be imported: Error: settings
              Error: settings
                  at steps/cause.step.ts:1:47
                      try { JSON.parse('{') } catch (cause) { throw new Error('settings', { cause }) }
              caused by SyntaxError: Expected property name or '}' in JSON at position 1
                  at steps/cause.step.ts:1:12
                      try { JSON.parse('{') } catch (cause) { throw new Error('settings', { cause }) }
        """,
        id="an error with a cause",
    ),
    pytest.param(
        "steps/rejected.step.ts",
        "await Promise.reject(new Error('late'))\n",
        """
        steps/rejected.step.ts
          error: the file cannot be imported: Error: late
              Error: late
                  at steps/rejected.step.ts:1:22
                      await Promise.reject(new Error('late'))
        """,
        id="an await that fails",
    ),
    pytest.param(
        "steps/exit.step.ts",
        "process.exit(3)\n",
        """
        steps/exit.step.ts
          error: the file ends the process when it is imported: process.exit(3)
              do: move the call into the handler, or throw an error that says what is missing
              at steps/exit.step.ts:1:9
                  process.exit(3)
        """,
        id="process.exit",
    ),
    pytest.param(
        "steps/abort.step.ts",
        "process.abort()\n",
        """
        steps/abort.step.ts
          error: importing the file crashed Node (SIGABRT)
              do: a native package failed; update or replace it
        """,
        id="process.abort",
    ),
    pytest.param(
        "steps/killed.step.ts",
        "process.kill(process.pid, 'SIGKILL')\n",
        """
        steps/killed.step.ts
          error: importing the file got the process killed
              do: perhaps memory ran out; move what needs so much into the handler
        """,
        id="a process that is killed",
    ),
    pytest.param(
        "steps/loop.step.ts",
        "function spin() {\n  for (;;);\n}\nspin()\n",
        """
        steps/loop.step.ts
          error: importing the file did not end within 2 s
              do: move what waits or loops into the handler
              at spin (steps/loop.step.ts:2:3)
                  for (;;);
              at steps/loop.step.ts:4:1
        """,
        id="an endless loop",
    ),
    pytest.param(
        "steps/never.step.ts",
        "await new Promise(() => {})\n",
        """
        steps/never.step.ts
          error: importing the file does not end: a top-level `await` waits for what never comes
              do: move what waits into the handler
        """,
        id="an await that never ends",
    ),
    pytest.param(
        "steps/slow.step.ts",
        "await new Promise((go) => setTimeout(go, 60000))\n",
        """
        steps/slow.step.ts
          error: importing the file did not end within 2 s
              do: move what waits or loops into the handler
        """,
        id="an await that takes too long",
    ),
    pytest.param(
        "steps/types.step.js",
        "const x: number = 1\n",
        """
        steps/types.step.js
          error: the file is not valid JavaScript: Expected ";" but found ":"
              steps/types.step.js:1:8
                  const x: number = 1
                         ^
        """,
        id="TypeScript in a JavaScript file",
    ),
]


@pytest.fixture(scope="module")
def messages(messages_by_file) -> dict[str, str]:
    """What the user reads about each file; all of them are in one project."""
    return messages_by_file({file: source for file, source, _ in (case.values for case in CASES)}, timeout_s=2)


@pytest.mark.parametrize(("file", "source", "message"), CASES)
def test_the_user_sees(file: str, source: str, message: str, messages: dict[str, str]) -> None:
    assert messages[file] == dedent(message).strip("\n")


def test_the_other_files_are_read(messages: dict[str, str]) -> None:
    assert messages["steps/good.step.ts"] == ""


def test_projects_of_modules_read_the_same(messages_by_file) -> None:
    lib = "import { gone } from './gone'\nexport const a = gone\nexport default gone\n"
    files = {
        "steps/lib.ts": lib,
        "steps/uses.step.ts": "import lib, { a, b } from './lib'\nimport * as all from './lib'\n"
        + "console.log(lib, a, b, all)\n"
        + api(),
        "steps/asks.step.js": "const lib = require('./lib')\nconsole.log(lib)\n" + api(),
        "steps/syntax.step.ts": api() + "export const a = {\n",
    }
    messages = messages_by_file({"package.json": '{"type": "module"}', **files})
    for file in ("steps/uses.step.ts", "steps/asks.step.js"):
        assert "the file cannot be imported: no file './gone' is found" in messages[file]
        assert "steps/lib.ts:1:22" in messages[file]
    assert "the file is not valid TypeScript" in messages["steps/syntax.step.ts"]
    assert messages["steps/good.step.ts"] == ""


def test_commonjs_in_a_project_of_modules_is_told_what_to_write(messages_by_file) -> None:
    files = {
        "steps/a.step.js": "exports.config = { type: 'noop', name: 'A' }\n",
        "steps/b.step.js": "module.exports = { config: { type: 'noop', name: 'B' } }\n",
    }
    messages = messages_by_file({"package.json": '{"type": "module"}', **files})
    for file in files:
        assert "do: write `export const config = ...`" in messages[file]
        assert 'or leave "type": "module" out of package.json' in messages[file]


def test_metadata_of_decorators_is_said_to_have_no_effect(messages_by_file) -> None:
    options = (
        '{\n  "compilerOptions": {\n    "experimentalDecorators": true,\n    "emitDecoratorMetadata": true\n  }\n}\n'
    )
    messages = messages_by_file({"tsconfig.json": options})
    assert "warning: emitDecoratorMetadata: the option has no effect" in messages["tsconfig.json"]
    assert messages_by_file({"tsconfig.json": options.replace('"emit', '// "emit')})["tsconfig.json"] == ""


def test_a_file_that_is_missing_behind_an_alias_is_no_missing_alias(messages_by_file) -> None:
    files = {
        "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
        "steps/a.step.ts": "import { x } from '@/lib/x'\nconsole.log(x)\n" + api(),
    }
    said = messages_by_file(files)["steps/a.step.ts"]
    assert "no file of this name is in the folder that tsconfig.json gives `@/*` in `paths`" in said
