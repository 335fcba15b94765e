"""Projects with TypeScript that are wrong in more than one file, and what is said about them."""

# ruff: noqa: E501  messages are recorded as they are shown

from __future__ import annotations

from textwrap import dedent

import pytest

from node_sources import api

A = "steps/a.step.ts"

CASES = [
    pytest.param(
        {
            A: "import { price } from '../src/prices'\nconsole.log(price)\n" + api(),
            "src/prices.ts": "interface Prices { gold?: number }\nconst prices: Prices = {}\nif (!prices.gold) {\n  throw new RangeError('no gold')\n}\nexport const price = 1\n",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: RangeError: no gold
              RangeError: no gold
                  at src/prices.ts:4:9
                      throw new RangeError('no gold')
        """,
        id="an error in an imported file",
    ),
    pytest.param(
        {
            A: "import { x } from '../src/h'\nconsole.log(x)\n" + api(),
            "src/h.ts": "export const x = (1\n",
        },
        """
        steps/a.step.ts
          error: src/h.ts is not valid TypeScript: Expected ")" but found end of file
              src/h.ts:2:1
        """,
        id="a syntax error in an imported file",
    ),
    pytest.param(
        {
            A: "import x from '../src/data.json'\nconsole.log(x)\n" + api(),
            "src/data.json": '{"a": }',
        },
        """
        steps/a.step.ts
          error: src/data.json is not valid JSON: Unexpected "}" in JSON
              src/data.json:1:7
                  {"a": }
                        ^
        """,
        id="JSON that is none",
    ),
    pytest.param(
        {
            A: "import { prise } from '../src/prices'\nconsole.log(prise)\n" + api(),
            "src/prices.ts": "export const price = 1",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: src/prices.ts has no export 'prise'
              do: did you mean 'price'?
              steps/a.step.ts:1:10
                  import { prise } from '../src/prices'
                           ^^^^^
        """,
        id="a name that the other file does not export",
    ),
    pytest.param(
        {
            A: "import { x } from './Helper'\nconsole.log(x)\n" + api(),
            "steps/helper.ts": "export const x = 1",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no file 'steps/Helper.ts' is found
              do: there is './helper.ts'
              steps/a.step.ts:1:19
                  import { x } from './Helper'
                                    ^^^^^^^^^^
        """,
        id="an import in other letters",
    ),
    pytest.param(
        {
            A: "import { x } from '../src/nix'\nconsole.log(x)\n" + api(),
            "src/else.ts": "",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no file '../src/nix' is found
              do: check the path: it is relative to steps/a.step.ts
              steps/a.step.ts:1:19
                  import { x } from '../src/nix'
                                    ^^^^^^^^^^^^
        """,
        id="an import of a file that is not there",
    ),
    pytest.param(
        {
            A: "import { x } from 'src/lib/x'\nconsole.log(x)\n" + api(),
            "src/lib/x.ts": "export const x = 1",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no package 'src/lib/x' is found
              do: write the path from this file: '../src/lib/x', or set `paths` in tsconfig.json
              steps/a.step.ts:1:19
                  import { x } from 'src/lib/x'
                                    ^^^^^^^^^^^
        """,
        id="an import from the root",
    ),
    pytest.param(
        {
            A: "import { x } from 'lib/x'\nconsole.log(x)\n" + api(),
            "src/lib/x.ts": "export const x = 1",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no package 'lib/x' is found
              do: write the path from this file: '../src/lib/x', or set `paths` in tsconfig.json
              steps/a.step.ts:1:19
                  import { x } from 'lib/x'
                                    ^^^^^^^
        """,
        id="an import from src",
    ),
    pytest.param(
        {
            A: "import pad from 'left-pad'\nconsole.log(pad)\n" + api(),
            "package.json": '{"dependencies":{"left-pad":"1"}}',
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no package 'left-pad' is found
              do: it is among the dependencies of package.json: run `motia install`
              steps/a.step.ts:1:17
                  import pad from 'left-pad'
                                  ^^^^^^^^^^
        """,
        id="a package that is not installed",
    ),
    pytest.param(
        {
            A: "import pad from '@x/left-pad/sub'\nconsole.log(pad)\n" + api(),
            "pnpm-lock.yaml": "",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no package '@x/left-pad/sub' is found
              do: run `pnpm add @x/left-pad`
              steps/a.step.ts:1:17
                  import pad from '@x/left-pad/sub'
                                  ^^^^^^^^^^^^^^^^^
        """,
        id="a missing package in a project of pnpm",
    ),
    pytest.param(
        {
            A: "import a from 'aa'\nimport { b } from './bb'\nimport d from 'aa'\nexport * from 'cc'\nconsole.log(a, b, d)\n"
            + api(),
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: no package 'aa' is found
              do: run `npm install aa`
              steps/a.step.ts:1:15
                  import a from 'aa'
                                ^^^^
          error: the file cannot be imported: no file './bb' is found
              do: check the path: it is relative to steps/a.step.ts
              steps/a.step.ts:2:19
                  import { b } from './bb'
                                    ^^^^^^
          error: the file cannot be imported: no package 'cc' is found
              do: run `npm install cc`
              steps/a.step.ts:4:15
                  export * from 'cc'
                                ^^^^
        """,
        id="imports that are not found, each once",
    ),
    pytest.param(
        {
            A: "import { one } from '../src/one'\nimport { two } from '../src/two'\nconsole.log(one, two)\n" + api(),
            "src/one.ts": "export const one = (1\n",
            "src/two.ts": "import { nix } from './nix'\nexport const two = nix\n",
        },
        """
        steps/a.step.ts
          error: src/one.ts is not valid TypeScript: Expected ")" but found end of file
              src/one.ts:2:1
          error: the file cannot be imported: no file './nix' is found
              do: check the path: it is relative to src/two.ts
              src/two.ts:1:21
                  import { nix } from './nix'
                                      ^^^^^^^
        """,
        id="what is wrong with two files that a Step imports",
    ),
    pytest.param(
        {
            A: "import { a, b, c } from '../src/names'\nconsole.log(a, b, c)\n" + api(),
            "src/names.ts": "export const b = 1\n",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: src/names.ts has no export 'a'
              do: export it from src/names.ts, or check its name
              steps/a.step.ts:1:10
                  import { a, b, c } from '../src/names'
                           ^
          error: the file cannot be imported: src/names.ts has no export 'c'
              do: export it from src/names.ts, or check its name
              steps/a.step.ts:1:16
                  import { a, b, c } from '../src/names'
                                 ^
        """,
        id="names that the other file does not export",
    ),
    pytest.param(
        {
            A: "import { x } from '../src/x'\nconsole.log(x)\n" + api(),
            "steps/b.step.ts": "import pkg, { a } from 'pkg'\nconsole.log(pkg, a)\n" + api(name="B", path="/b"),
            "src/x.ts": "// gone\nimport {\n  a,\n  gone as x,\n} from 'pkg'\nexport { x }\nconsole.log(a)\n",
            "node_modules/pkg/package.json": '{"name": "pkg", "version": "1.2.3", "type": "module", "main": "main.js"}',
            "node_modules/pkg/main.js": "export const a = 1",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: 'pkg' has no export 'gone'
              do: check its name, or the version of 'pkg': 1.2.3 is installed
              src/x.ts:4:3
                  gone as x,
                  ^^^^
        steps/b.step.ts
          error: the file cannot be imported: 'pkg' has no default export
              do: import its names in braces, or check the version of 'pkg': 1.2.3 is installed
              steps/b.step.ts:1:8
                  import pkg, { a } from 'pkg'
                         ^^^
        """,
        id="a name that a package does not export",
    ),
    pytest.param(
        {
            A: ("\ufeff" + api()).encode("utf-16-le"),
            "steps/b.step.js": api().encode("utf-16-be"),
            "steps/c.step.ts": "import { x } from '../src/x'\nconsole.log(x)\n" + api(name="C", path="/c"),
            "src/x.ts": "export const x = 1\n".encode("utf-16"),
        },
        """
        steps/a.step.ts
          error: the file is UTF-16
              do: save it as UTF-8
        steps/b.step.js
          error: the file is UTF-16
              do: save it as UTF-8
        steps/c.step.ts
          error: src/x.ts is UTF-16
              do: save it as UTF-8
        """,
        id="files that are UTF-16",
    ),
    pytest.param(
        {
            A: "import x from '../src/data.sql'\nconsole.log(x)\n" + api(),
            "src/data.sql": "select",
        },
        """
        steps/a.step.ts
          error: the file cannot be imported: src/data.sql is neither code nor JSON
              do: say what it is in esbuild.config.json: {"loader": {".sql": "text"}}
              steps/a.step.ts:1:15
                  import x from '../src/data.sql'
                                ^^^^^^^^^^^^^^^^^
        """,
        id="a file that is neither code nor JSON",
    ),
    pytest.param(
        {
            A: api(),
            "esbuild.config.json": '{"format":"cjs","minify":true}',
        },
        """
        esbuild.config.json
          warning: format: the option has no effect: it follows from how Steps are compiled
              do: leave it out
        """,
        id="an option of esbuild that has no effect",
    ),
    pytest.param(
        {
            A: api(),
            "esbuild.config.json": '{"target":"es3000"}',
        },
        """
        esbuild.config.json
          error: target: esbuild refuses the value: Invalid target "es3000"
              value: "es3000"
              allowed: versions of JavaScript or Node, such as "es2022" or "node22"
              do: correct the value, or leave the option out
        """,
        id="an option of esbuild with a wrong value",
    ),
    pytest.param(
        {
            A: api(),
            "esbuild.config.json": '{"external": "sharp", "loader": {".sql": "txt", "txt": "text"}, "define": {"ON": true}, "minify": "true", "jsx": 5, "mangleProps": "_$", "drop": ["log"]}',
        },
        """
        esbuild.config.json
          error: external: the value is text, which the option does not take
              value: "sharp"
              allowed: a list of texts
              do: write ["sharp"]
          error: loader[".sql"]: the value is not one of those allowed
              value: "txt"
              allowed: base64, binary, copy, css, dataurl, default, empty, file, js, json, jsx, local-css, text, ts, tsx
              do: correct the value, or leave the option out
          error: loader["txt"]: the ending of a file begins with a dot
              do: write ".txt"
          error: define["ON"]: the value is a boolean, which the option does not take
              value: true
              allowed: code as a text, such as "false" or "\\"1.2.0\\""
              do: write "true"
          error: minify: the value is text, which the option does not take
              value: "true"
              allowed: true or false
              do: write true
          error: jsx: the value is not one of those allowed
              value: 5
              allowed: transform, preserve, automatic
              do: correct the value, or leave the option out
          error: drop: the value is not one of those allowed
              value: ["log"]
              allowed: console, debugger
              do: correct the value, or leave the option out
        """,
        id="options of esbuild that are of another kind",
    ),
    pytest.param(
        {
            A: api(),
            "esbuild.config.json": '{"externals": [], "loaders": {}}',
        },
        """
        esbuild.config.json
          error: externals: esbuild has no such option
              allowed: alias, banner, charset, conditions, define, drop, dropLabels, external, footer, ignoreAnnotations, inject, jsx, jsxDev, jsxFactory, jsxFragment, jsxImportSource, jsxSideEffects, keepNames, legalComments, loader, logOverride, mainFields, mangleCache, mangleProps, mangleQuoted, minify, minifyIdentifiers, minifySyntax, minifyWhitespace, nodePaths, preserveSymlinks, pure, reserveProps, resolveExtensions, supported, target, treeShaking, tsconfig, tsconfigRaw
              do: check its name, or leave it out
          error: loaders: esbuild has no such option
              allowed: alias, banner, charset, conditions, define, drop, dropLabels, external, footer, ignoreAnnotations, inject, jsx, jsxDev, jsxFactory, jsxFragment, jsxImportSource, jsxSideEffects, keepNames, legalComments, loader, logOverride, mainFields, mangleCache, mangleProps, mangleQuoted, minify, minifyIdentifiers, minifySyntax, minifyWhitespace, nodePaths, preserveSymlinks, pure, reserveProps, resolveExtensions, supported, target, treeShaking, tsconfig, tsconfigRaw
              do: check its name, or leave it out
        """,
        id="options that esbuild does not have",
    ),
    pytest.param(
        {
            A: api(),
            ".esbuildrc.json": '{"target":',
        },
        """
        .esbuildrc.json
          error: the file is not valid JSON: Unexpected end of JSON input
        """,
        id="options of esbuild that are no JSON",
    ),
    pytest.param(
        {
            A: api(),
            "tsconfig.json": '{"compilerOptions": {',
        },
        """
        tsconfig.json
          error: line 1: the project cannot be compiled: Expected string in JSON but found end of file
        """,
        id="a tsconfig.json that is none",
    ),
    pytest.param(
        {
            A: api(),
            "tsconfig.json": '{"extends": "./nix.json"}',
        },
        """
        tsconfig.json
          warning: line 1: Cannot find base config file "./nix.json"
              do: correct the path, or install the package that has it
        """,
        id="a tsconfig.json that extends nothing",
    ),
    pytest.param(
        {
            A: api(),
            "package.json": '["zod"]',
        },
        """
        package.json
          error: package.json is no JSON object
              allowed: {"dependencies": {...}}
              do: correct the file
        """,
        id="a package.json that is a list",
    ),
    pytest.param(
        {
            A: api(),
            "package.json": '{"dependencies": ["zod"], "devDependencies": {"typescript": 5, "vitest": "3"}, "peerDependencies": {}}',
        },
        """
        package.json
          error: dependencies: the value is a list, it must be an object
              value: ["zod"]
              allowed: names and versions of packages, such as {"zod": "^4.0.0"}
              do: correct it, or leave it out and run `npm install NAME` for each package
          error: devDependencies.typescript: the version is a number, it must be text
              value: 5
              allowed: names and versions of packages, such as {"zod": "^4.0.0"}
              do: correct it, or leave it out and run `npm install NAME` for each package
        """,
        id="dependencies that no package manager reads",
    ),
    pytest.param(
        {
            A: api(),
            "motia_config.py": "",
            "motia.config.ts": "export default {}",
        },
        """
        motia_config.py
          error: motia.config.ts is there as well, and a project has one configuration
              do: move everything into one of them
        """,
        id="two configurations",
    ),
    pytest.param(
        {
            A: api(),
            "motia.config.ts": "import { config } from 'motia'\nimport p from '@motiadev/plugin-states/plugin'\nexport default config({ plugins: [p], redis: {}, app: () => {} })",
        },
        """
        motia.config.ts
          warning: plugins: the key has no effect: it belongs to the server of the original
              do: leave it out
          warning: redis: the key has no effect: it belongs to the server of the original
              do: leave it out
          warning: app: the key has no effect: it belongs to the server of the original
              do: leave it out
        """,
        id="plugins of the original",
    ),
    pytest.param(
        {
            A: api(),
            "motia.config.ts": "import { config } from '@motiadev/core'\nimport { RedisStateAdapter } from '@motiadev/adapter-redis-state'\nexport default config({ adapters: { state: new RedisStateAdapter({}), streams: RedisStateAdapter } })",
        },
        """
        motia.config.ts
          warning: adapters.state: @motiadev/adapter-redis-state belongs to the server of the original, and is not used
              do: leave it out, or write an adapter of your own
          warning: adapters.streams: @motiadev/adapter-redis-state belongs to the server of the original, and is not used
              do: leave it out, or write an adapter of your own
        """,
        id="adapters of the original",
    ),
    pytest.param(
        {
            A: api(),
            "motia.config.ts": "export default { adapters: { stat: 1 } }",
        },
        """
        motia.config.ts
          error: `adapters` has the key 'stat'
              allowed: state, streams, events, cron
        """,
        id="an adapter of no kind",
    ),
    pytest.param(
        {
            A: api(),
            "src/b.step.mts": api(),
            "src/c.steps.ts": api(),
            "src/d-step.ts": api(),
            "src/e.step.tsx": api(),
            "steps/a.step.tsx": "export const config = 1",
            "src/data-stream.ts": "export const x = 1",
            "src/F.Step.js": api(),
        },
        """
        src/F.Step.js
          warning: the file is not read because of its name
              do: rename it to F.step.js if it is a step
        src/b.step.mts
          warning: the file is not read because of its name
              do: rename it to b.step.ts if it is a step
        src/c.steps.ts
          warning: the file is not read because of its name
              do: rename it to c.step.ts if it is a step
        src/d-step.ts
          warning: the file is not read because of its name
              do: rename it to d.step.ts if it is a step
        src/e.step.tsx
          warning: the file is not read because of its name
              do: rename it to e.step.ts if it is a step
        """,
        id="names that are nearly those of Steps",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
