"""TypeScript and JavaScript Steps become zips that run by themselves."""

from __future__ import annotations

import json
import zipfile

import pytest

from motia_project.bundling import Target
from motia_project.model import Adapter, InvalidProject, Stream, StreamAuth
from node_bundle import output, request, run

BARE = "export const handler = async () => ({ status: 200, body: { ok: true } })\n"


def answer(app, tmp_path, bundle, *events):
    return run(app.root / "dist" / bundle, tmp_path / "task", *events)


def body(answer):
    return json.loads(answer["body"])


def test_a_step_with_everything_that_steps_import_runs_out_of_its_zip(app, tmp_path):
    app.write("tsconfig.json", '{"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["src/lib/*"]}}}')
    app.write("src/lib/price.ts", "export const price = (amount: number): number => amount * 2\n")
    app.write("src/rates.json", '{"vat": 0.2}')
    app.write("src/later.ts", "export const when: string = 'later'\n")
    app.write("templates/order.txt", "Dear customer")
    for package in ("zod", "@node-rs/crc32", "@node-rs/crc32-linux-x64-gnu", "nanoid"):
        app.npm(package)
    app.node(
        "steps/order.step.ts",
        """
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from '@node-rs/crc32'
import { nanoid } from 'nanoid'
import { z } from 'zod'
import { price } from '@lib/price'
import rates from '../src/rates.json'

const Order = z.object({ amount: z.number() })

export const handler = async (req: { body: unknown }) => {
  const { when } = await import('../src/later')
  const { amount } = Order.parse(req.body)
  const text = readFileSync(join(__dirname, '../templates/order.txt'), 'utf8')
  const beside = readFileSync(new URL('../templates/order.txt', import.meta.url), 'utf8')
  const sum = crc32('hello')
  const id = nanoid(6).length
  const found = { price: price(amount), vat: rates.vat, when, text, same: text === beside, sum, id }
  return { status: 200, body: found }
}
""",
        method="POST",
        include_files=("../templates/*.txt",),
    )
    app.build()
    (done,) = answer(app, tmp_path, "node/steps/order.step.zip", request("/order", {"amount": 4}, "POST"))
    assert done["statusCode"] == 200, done
    assert body(done) == {
        "price": 8,
        "vat": 0.2,
        "when": "later",
        "text": "Dear customer",
        "same": True,
        "sum": 907060870,
        "id": 6,
    }


def test_commonjs_and_es_modules_in_javascript(app, tmp_path):
    app.write("src/helper.cjs", "exports.twice = (x) => x * 2\n")
    app.node(
        "steps/old.step.js",
        "const { twice } = require('../src/helper.cjs')\nconst path = require('path')\n"
        "exports.config = {}\n"
        "exports.handler = async () => ({ status: 200, body: { twice: twice(4), name: path.basename('/a/b') } })\n",
    )
    app.node(
        "steps/mixed.step.js",
        "const os = require('os')\nexport const config = {}\n"
        "export const handler = () => ({ status: 200, body: { eol: os.EOL } })\n",
    )
    app.node("steps/whole.step.js", "export default { config: {}, handler: () => ({ status: 200, body: { d: 1 } }) }\n")
    app.build()
    expected = {"old": {"twice": 8, "name": "b"}, "mixed": {"eol": "\n"}, "whole": {"d": 1}}
    for name, value in expected.items():
        (done,) = run(app.root / f"dist/node/steps/{name}.step.zip", tmp_path / name, request(f"/{name}"))
        assert body(done) == value


def test_an_event_step_and_a_cron_step_have_handlers_of_their_own(app, tmp_path):
    source = "export const handler = async (input: unknown) => { console.log('got', JSON.stringify(input)) }\n"
    app.node("steps/work.step.ts", source, type="event", subscribes=("order.created",))
    app.node("steps/nightly.step.ts", "export const handler = async () => {}\n", type="cron")
    app.build()
    envelope = {"topic": "order.created", "data": {"id": 1}, "traceId": "ABCDE-1234567", "flows": []}
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(envelope), "attributes": {}}
    record["eventSourceARN"] = "arn:aws:sqs:eu-central-1:123456789012:work"
    (done,) = answer(app, tmp_path, "node/steps/work.step.zip", {"Records": [record]})
    assert done == {"batchItemFailures": []}
    assert zipfile.ZipFile(app.root / "dist/node/steps/nightly.step.zip").testzip() is None


def test_a_step_that_throws_when_imported_answers_500(app, tmp_path):
    app.node("steps/broken.step.ts", "if (!process.env.KEY) throw new Error('KEY is not set')\n" + BARE)
    app.build()
    (done,) = answer(app, tmp_path, "node/steps/broken.step.zip", request("/broken"))
    assert (done["statusCode"], body(done)) == (500, {"error": "Internal server error"})


def test_what_a_bundle_logs_names_the_lines_of_the_source(app, tmp_path):
    app.write("src/deep.ts", "export const fail = (): never => {\n  throw new Error('deep down')\n}\n")
    app.node("steps/broken.step.ts", "import { fail } from '../src/deep'\nexport const handler = async () => fail()\n")
    app.build()
    said = output(app.root / "dist/node/steps/broken.step.zip", tmp_path / "task", request("/broken"))
    assert "src/deep.ts:2:" in said
    assert "steps/broken.step.ts:2:" in said
    assert "index.mjs:" not in said


def test_a_router_holds_every_api_step_of_its_language(app, tmp_path):
    app.settings = {"api": "router"}
    for name in ("one", "two"):
        app.node(f"steps/{name}.step.ts", BARE.replace("ok: true", f"name: '{name}'"))
    app.node("steps/broken.step.ts", "throw new Error('no')\n")
    app.step("python")
    app.node("steps/work.step.ts", "export const handler = async () => {}\n", type="event", subscribes=("a",))
    manifest = app.build().manifest
    assert manifest.routers == {"python": "router-python.zip", "node": "router-node.zip"}
    assert manifest.bundle_of("node/steps/one.step.zip") == "router-node.zip"
    assert set(manifest.bundles) == {"router-python.zip", "router-node.zip", "node/steps/work.step.zip"}
    one, two, broken = answer(app, tmp_path, "router-node.zip", *map(request, ("/one", "/two", "/broken")))
    assert [body(one), body(two)] == [{"name": "one"}, {"name": "two"}]
    assert broken["statusCode"] == 500


def test_the_manifest_describes_node_steps_as_the_original_did(app):
    app.write("package.json", '{"type": "module", "engines": {"node": "24.x"}}')
    app.node("steps/deep/hello.step.ts", BARE)
    app.node("src/plain.step.js", BARE)
    app.step("python")
    manifest = app.build(Target.lambda_(app.project().settings)).manifest
    hello = manifest.steps["node/steps/deep/hello.step.zip"]
    assert (hello.type, hello.entrypointPath, hello.filePath) == (
        *("node", "/steps/deep/hello.step.js", "steps/deep/hello.step.ts"),
    )
    assert manifest.steps["node/src/plain.step.zip"].entrypointPath == "/src/plain.step.js"
    bundle = manifest.bundles["node/steps/deep/hello.step.zip"]
    assert (bundle.handler, bundle.runtime) == ("index.handler", "nodejs24.x")
    assert manifest.project.node_runtime == "nodejs24.x"
    assert manifest.bundles["python/steps/python_step.zip"].runtime == "python3.13"
    assert not (app.root / "dist/streams-node.zip").exists()


def test_the_rules_for_streams_have_a_bundle_of_their_own(app, tmp_path):
    app.node("steps/hello.step.ts", BARE)
    source = (
        "export const config = { name: 'chat', schema: {}, baseConfig: { storageType: 'default' },\n"
        "  canAccess: (subscription, context) => context.user === subscription.groupId }\n"
    )
    app.write("steps/chat.stream.ts", source)
    app.streams.append(Stream("chat", "chat", "node", "steps/chat.stream.ts", can_access=True))
    result = app.build()
    assert result.manifest.access == "streams-node.zip"
    assert result.manifest.bundles["streams-node.zip"].handler == "index.handler"
    question = {"kind": "access", "stream": "chat", "data": {"subscription": {"groupId": "ada"}}}
    asked = [{**question, "data": {**question["data"], "context": {"user": user}}} for user in ("ada", "bob")]
    assert answer(app, tmp_path, "streams-node.zip", *asked) == [{"value": True}, {"value": False}]
    app.streams.clear()
    assert app.build().manifest.access is None
    assert not (app.root / "dist/streams-node.zip").exists()


AUTHENTICATE = "const authenticate = async ({ headers }) => headers.user\n"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "motia.config.ts",
            "import { config } from 'motia'\nexport default config({ streamAuth: { authenticate } })\n",
        ),
        ("motia.config.ts", "export const streamAuth = { authenticate }\n"),
        ("motia.config.js", "module.exports = require('motia').config({ streamAuth: { authenticate } })\n"),
        ("motia.config.js", "exports.streamAuth = { authenticate }\n"),
        ("motia.config.js", "exports.config = { streamAuth: { authenticate } }\n"),
        ("motia.config.js", "exports.__esModule = true\nexports.default = { streamAuth: { authenticate } }\n"),
    ],
)
def test_who_may_connect_is_answered_by_the_bundle_of_the_rules(app, tmp_path, monkeypatch, name, source):
    app.node("steps/hello.step.ts", BARE)
    app.write(name, AUTHENTICATE + source)
    app.streams.append(Stream("chat", "chat", "python", "steps/chat_stream.py"))
    project = app.project()
    from dataclasses import replace

    from motia_project.bundling import build

    build(replace(project, stream_auth=StreamAuth("node")), Target.local())
    question = {"kind": "authenticate", "data": {"headers": {"user": "ada"}, "url": "/"}}
    assert answer(app, tmp_path, "streams-node.zip", question) == [{"value": "ada"}]


def test_adapters_of_the_configuration_go_with_the_steps(app):
    app.write("motia.config.ts", "export default { adapters: { state: { marker: 'adapter-of-ours' } } }\n")
    app.node("steps/hello.step.ts", BARE)
    from dataclasses import replace

    from motia_project.bundling import build

    build(replace(app.project(), adapters=(Adapter("state", "Redis", language="node"),)), Target.local())
    with app.zip("node/steps/hello.step.zip") as archive:
        assert "adapter-of-ours" in archive.read("index.mjs").decode()
    app.build()
    with app.zip("node/steps/hello.step.zip") as archive:
        assert "adapter-of-ours" not in archive.read("index.mjs").decode()


def test_nothing_of_the_original_package_is_bundled(app, tmp_path):
    for name in ("motia", "@motiadev/core", "@motiadev/plugin-observability"):
        app.npm(name, {"main": "index.js"}, index__js="module.exports = { mark: 'of-the-original' }\n")
    app.node(
        "steps/hello.step.ts",
        "import { config as read } from 'motia'\nimport '@motiadev/core'\n"
        "import plugin from '@motiadev/plugin-observability'\n"
        "export const handler = () => ({ status: 200, body: { kind: typeof read, plugin: typeof plugin } })\n",
    )
    app.build()
    with app.zip("node/steps/hello.step.zip") as archive:
        assert "of-the-original" not in archive.read("index.mjs").decode()
    (done,) = answer(app, tmp_path, "node/steps/hello.step.zip", request("/hello"))
    assert body(done) == {"kind": "function", "plugin": "function"}


def test_files_that_a_loader_puts_beside_the_code_are_in_the_zip(app, tmp_path):
    app.write("esbuild.config.json", '{"loader": {".html": "text", ".bin": "file"}}')
    app.write("src/page.html", "<p>hello</p>")
    app.write("src/data.bin", b"\x01\x02\x03")
    app.node(
        "steps/page.step.ts",
        "import { readFileSync } from 'node:fs'\n"
        "import page from '../src/page.html'\nimport data from '../src/data.bin'\n"
        "export const handler = () => ({ status: 200, body: { page, size: readFileSync(data).length } })\n",
    )
    app.node("steps/other.step.ts", BARE)
    app.build()
    (done,) = answer(app, tmp_path, "node/steps/page.step.zip", request("/page"))
    assert body(done) == {"page": "<p>hello</p>", "size": 3}
    with app.zip("node/steps/other.step.zip") as archive:
        assert archive.namelist() == ["index.mjs", "index.mjs.map"]


def test_sizes_name_what_a_bundle_is_made_of(app):
    app.npm("zod")
    app.node("steps/hello.step.ts", "import { z } from 'zod'\nexport const s = z.string()\n" + BARE)
    (size,) = app.build().sizes
    assert list(size.packages) and size.packages["zod"] > size.packages["project files"] > 0
    assert size.unzipped == sum(size.packages.values())
    assert any("zod" in path for path, _ in size.largest)


@pytest.mark.parametrize(("pattern", "file"), [("../index.mjs", "index.mjs"), ("../index.mjs.map", "index.mjs.map")])
def test_an_included_file_cannot_take_the_place_of_the_code(app, pattern, file):
    app.write(file, "")
    app.node("steps/hello.step.ts", BARE, include_files=(pattern,))
    (problem,) = app.problems()
    assert (problem.file, problem.value) == ("steps/hello.step.ts", pattern)
    assert "bundles use themselves" in problem.what


def test_two_steps_that_would_be_one_zip_are_an_error(app):
    app.node("steps/hello.step.ts", BARE)
    app.node("steps/hello.step.js", BARE)
    (problem,) = app.problems()
    assert problem.what == (
        "differs from steps/hello.step.ts in its ending only, and both would be node/steps/hello.step.zip"
    )


def test_everything_that_cannot_be_compiled_is_reported_at_once_with_its_place(app):
    app.node("steps/syntax.step.ts", "export const a = 1\nexport const = 2\n")
    app.node("steps/package.step.ts", "import { x } from 'nowhere-to-be-found'\nexport const handler = () => x\n")
    app.node("steps/file.step.ts", "import { x } from '../src/missing'\nexport const handler = () => x\n")
    app.step("python", "import nowhere_at_all")
    with pytest.raises(InvalidProject) as caught:
        app.build()
    found = {problem.file: problem for problem in caught.value.problems}
    assert found["steps/syntax.step.ts"].key == "line 2, column 14"
    assert found["steps/package.step.ts"].what == 'Could not resolve "nowhere-to-be-found"'
    assert "npm install nowhere-to-be-found" in (found["steps/package.step.ts"].remedy or "")
    assert found["steps/file.step.ts"].value == "import { x } from '../src/missing'"
    assert "nowhere_at_all" in found["steps/python_step.py"].what
    assert not (app.root / "dist").exists()


def test_a_name_that_a_module_does_not_export_is_reported_with_its_place(app):
    app.node("steps/name.step.ts", "import { y } from './lib'\nexport const handler = () => y\n")
    app.write("steps/lib.ts", "export const x = 1\n")
    (problem,) = app.problems()
    assert (problem.file, problem.key) == ("steps/name.step.ts", "line 1, column 10")
    assert "y" in problem.what


def test_a_package_that_may_be_missing_is_only_looked_for_at_run_time(app, tmp_path):
    app.node(
        "steps/hello.step.ts",
        "let found = 'none'\ntry { found = require('perhaps-not-there') } catch { found = 'no' }\n"
        "export const handler = () => ({ status: 200, body: { found } })\n",
    )
    app.build()
    (done,) = answer(app, tmp_path, "node/steps/hello.step.zip", request("/hello"))
    assert body(done) == {"found": "no"}


@pytest.mark.parametrize("written", ["import { z } from 'zod'", "import z from 'zod'", "import * as z from 'zod'"])
def test_of_zod_a_bundle_has_what_its_step_uses(app, tmp_path, written):
    app.npm("zod")
    app.node(
        "steps/order.step.ts",
        f"{written}\n"
        "const order = z.object({ id: z.string().min(2), amount: z.coerce.number().optional() })\n"
        "export const handler = (req) => ({ status: 200, body: { ...order.parse(req.body), where: __filename } })\n",
        method="POST",
    )
    (size,) = app.build().sizes
    assert size.packages["zod"] < 200_000  # all of it is 580 KB, read at every cold start
    bundle = "node/steps/order.step.zip"
    good, bad = answer(
        app, tmp_path, bundle, *(request("/order", {"id": i, "amount": "4"}, "POST") for i in ("ab", "a"))
    )
    assert body(good)["amount"] == 4
    assert body(good)["where"].endswith("/steps/order.step.ts")
    assert bad["statusCode"] == 500
