"""What handlers do in the tests of `motia start`, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Body:
    """The same in Python and in TypeScript. head: of the Python function."""

    python: str
    node: str
    head: str = "async def"


def says(text: str) -> Body:
    """Answer with a text."""
    return Body(f'return {{"status": 200, "body": {text!r}}}', f"return {{ status: 200, body: {text!r} }}")


def waits(seconds: float, text: str) -> Body:
    """Answer with a text after a while in which others are answered."""
    said = says(text)
    return Body(
        f"await asyncio.sleep({seconds})\n{said.python}",
        f"await new Promise((done) => setTimeout(done, {seconds * 1000}))\n{said.node}",
    )


WHO = Body(
    'return {"status": 200, "body": {"pid": os.getpid()}}',
    "return { status: 200, body: { pid: process.pid } }",
)
ECHO = Body(
    'return {"status": 200, "body": {"pid": os.getpid(), "body": req.body, '
    '"query": req.queryParams, "path": req.pathParams}}',
    "return { status: 200, body: { pid: process.pid, body: req.body, query: req.queryParams, path: req.pathParams } }",
)
LARGE = Body(
    'return {"status": 200, "body": "x" * 20_000_000}',
    "return { status: 200, body: 'x'.repeat(20_000_000) }",
)
CRASH = Body("os._exit(3)", "process.abort()")
LEAVE = Body("raise SystemExit(4)", "process.exit(4)")
INTERRUPT = Body("raise KeyboardInterrupt", "throw undefined")
RAISE_EXIT = Body("raise GeneratorExit", "throw null")
FAIL = Body('raise ValueError("no")', "throw new TypeError('no')")
FAIL_WITH_CODE = Body(
    'error = TypeError("no")\nerror.code = "ECONNREFUSED"\nraise error',
    "throw Object.assign(new TypeError('no'), { code: 'ECONNREFUSED' })",
)
LOOP = Body("while True: pass", "for (;;) {}")
LOOPS_LATER = Body(
    "async def later():\n"
    "    await asyncio.sleep(0.3)\n"
    "    open('looping', 'w').close()\n"
    "    while True: pass\n"
    'globals()["kept"] = asyncio.create_task(later())\n'
    'return {"status": 200}',
    "setTimeout(() => { require('node:fs').writeFileSync('looping', ''); for (;;) {} }, 300)\nreturn { status: 200 }",
)
REGEX = Body('import re\nre.match("(a+)+b", "a" * 60)', "/(a+)+b/.exec('a'.repeat(60))")
LOGS = Body(
    'context.logger.info("hello", {"n": 1})\nreturn {"status": 200}',
    "context.logger.info('hello', { n: 1 })\nreturn { status: 200 }",
)
KEEPS = Body(
    "import contextvars\n"
    'kept = globals().setdefault("kept", contextvars.ContextVar("kept", default=None))\n'
    "before = kept.get()\n"
    "kept.set(1)\n"
    'return {"status": 200, "body": before}',
    "const { AsyncLocalStorage } = require('node:async_hooks')\n"
    "const kept = ((globalThis as any).kept ??= new AsyncLocalStorage())\n"
    "const before = kept.getStore()\n"
    "kept.enterWith(1)\n"
    "return { status: 200, body: before ?? null }",
)
NOTES = Body(
    'await asyncio.sleep(0.5)\nawait context.state.set("done", str(data), True)',
    "await new Promise((done) => setTimeout(done, 500))\nawait context.state.set('done', String(data), true)",
)
AFTERWARDS = Body(
    "async def after():\n"
    "    await asyncio.sleep(0.05)\n"
    '    await context.state.set("after", "set", True)\n'
    '    await context.emit({"topic": "work", "data": 1})\n'
    'globals()["kept"] = asyncio.create_task(after())\n'
    'return {"status": 200}',
    "setTimeout(async () => {\n"
    "  await context.state.set('after', 'set', true)\n"
    "  await context.emit({ topic: 'work', data: 1 })\n"
    "}, 50)\n"
    "return { status: 200 }",
)
