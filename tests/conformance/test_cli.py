"""The command line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.sentences import LANGUAGES, contract, only, sentence, sentences
from conformance.written import Written
from conformance.written import write as written_files
from parity.places import MOTIA, call
from step_sources import api
from waiting import eventually

COUNTED = """
config = {"type": "event", "name": "Count", "subscribes": ["counted"], "emits": ["counted"]}


async def handler(data, context):
    context.logger.debug("a debug record", {"n": data["n"]})
    await context.state.set("counted", "n", data["n"])
"""
READ = """
config = {"type": "api", "name": "Read", "path": "/read", "method": "GET", "emits": []}


async def handler(req, context):
    return {"status": 200, "body": {"n": await context.state.get("counted", "n")}}
"""
COUNTED_TS = """
export const config = { type: 'event', name: 'Count', subscribes: ['counted'], emits: ['counted'] }

export const handler = async (data: any, { logger, state }: any) => {
  logger.debug('a debug record', { n: data.n })
  await state.set('counted', 'n', data.n)
}
"""
READ_TS = """
export const config = { type: 'api', name: 'Read', path: '/read', method: 'GET', emits: [] }

export const handler = async (req: any, { state }: any) => ({
  status: 200,
  body: { "n": await state.get('counted', 'n') },
})
"""
COUNT = {"python": COUNTED, "typescript": COUNTED_TS}
READS = {"python": READ, "typescript": READ_TS}


def environment() -> dict[str, str]:
    return {
        k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTIA_")) and k not in ("CI", "LOG_LEVEL")
    }


def motia(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MOTIA, *arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=90,
        stdin=subprocess.DEVNULL,
    )


def write(root: Path, language: str, **sources: str) -> Path:
    written = Written(language)
    return written_files(root, {written.step(name): source for name, source in sources.items()})


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Server:
    """A server that a person has started on a terminal."""

    def __init__(self, root: Path, command: str, *options: str) -> None:
        self.root, self.port, self.lines = root, free_port(), list[str]()
        self.process = subprocess.Popen(
            [*MOTIA, command, "--port", str(self.port), "--host", "127.0.0.1", *options],
            cwd=root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines += self.process.stdout

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self, text: str) -> bool:
        return any(text in line for line in list(self.lines))

    def answers(self, path: str) -> Any:
        try:
            answer = call(self.url, "GET", path)
        except OSError:
            return None
        return answer.json() if answer.status == 200 else None


@contextmanager
def serving(root: Path, command: str, *options: str) -> Iterator[Server]:
    server = Server(root, command, *options)
    try:
        assert eventually(lambda: server.answers("/read") or server.process.poll() is not None) is not True, (
            server.lines
        )
        yield server
    finally:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGINT)
            server.process.wait(20)


@pytest.fixture(scope="module", params=["dev", "start"])
def command(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def server(command: str, language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`motia dev` and `motia start` with --port, --host, --debug and --motia-dir."""
    root = write(tmp_path_factory.mktemp(command), language, count=COUNT[language], read=READS[language])
    with serving(root, command, "--debug", "--motia-dir", str(root / "elsewhere")) as running:
        yield running


pytestmark = pytest.mark.xdist_group("command-line")


@sentences(
    "CLI commands",
    "option",
    {f"`motia {option}` shows the version": option for option in ("version", "-V", "--version")},
)
def test_the_version(tmp_path: Path, option: str) -> None:
    done = motia(tmp_path, option)
    assert done.returncode == 0
    assert re.search(r"\d+\.\d+\.\d+", done.stdout)


@sentence("CLI commands", "`motia dev` and `motia start` listen on the given `--port` and `--host`")
def test_port_and_host(server: Server) -> None:
    assert server.answers("/read") is not None


@sentences(
    "CLI commands",
    "name",
    {f"`motia {name}`: port 3000, host localhost": name for name in ("dev", "start")},
)
def test_the_defaults(tmp_path: Path, name: str) -> None:
    shown = motia(tmp_path, name, "--help").stdout
    assert re.search(r"-p, --port INTEGER.*?default: 3000", shown, re.DOTALL)
    assert re.search(r"-H, --host TEXT.*?default:\s*localhost", shown, re.DOTALL)
    assert "-d, --debug" in shown


@sentence("CLI commands", "`motia emit --topic --message --port` emits an event to the server on that port")
def test_emit(server: Server) -> None:
    done = motia(server.root, "emit", "--topic", "counted", "--message", '{"n": 7}', "--port", str(server.port))
    assert done.returncode == 0, done.stderr
    eventually(lambda: server.answers("/read") == {"n": 7})


@sentence("CLI commands", "`--debug` shows debug logs")
def test_debug(server: Server) -> None:
    motia(server.root, "emit", "--topic", "counted", "--message", '{"n": 8}', "-p", str(server.port))
    eventually(lambda: server.said("a debug record"))


@sentence("CLI commands", "`--motia-dir` is the folder of the local data")
def test_the_folder(server: Server) -> None:
    assert any((server.root / "elsewhere").iterdir())
    assert not list((server.root).glob(".motia/*.db"))


@sentence("CLI commands", "`motia dev` has hot reload: a saved Step is served")
def test_hot_reload(tmp_path: Path, language: str) -> None:
    with serving(write(tmp_path, language, read=READS[language]), "dev") as running:
        write(tmp_path, language, read=READS[language].replace('"n": await', '"m": await'))
        eventually(lambda: running.answers("/read") == {"m": None})


@sentence("CLI commands", "`motia start` has no hot reload")
def test_no_hot_reload(tmp_path: Path, language: str) -> None:
    # One worker: a second one may still be reading the Steps when the first answers.
    with serving(write(tmp_path, language, read=READS[language]), "start", "--workers", "1") as running:
        write(tmp_path, language, read=READS[language].replace('"n": await', '"m": await'))
        # A dev server serves what is saved within a third of a second.
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            assert running.answers("/read") == {"n": None}


@sentence("CLI commands", contract("without --debug there are no debug logs, with an interrupt the exit is orderly"))
def test_no_debug(tmp_path: Path, language: str) -> None:
    with serving(write(tmp_path, language, count=COUNT[language], read=READS[language]), "dev") as running:
        motia(tmp_path, "emit", "--topic", "counted", "--message", '{"n": 9}', "-p", str(running.port))
        eventually(lambda: running.answers("/read") == {"n": 9})
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) in (0, 130)
    assert not running.said("a debug record")


@sentence("CLI commands", contract("`motia emit` without a server says so and exits with an error"))
def test_emit_to_nobody(tmp_path: Path) -> None:
    done = motia(tmp_path, "emit", "--topic", "a", "--message", "{}", "--port", str(free_port()))
    assert done.returncode == 1
    assert "No server answers" in done.stderr


@sentences(
    "CLI commands",
    "arguments",
    {
        "`motia emit` needs a topic": ["emit", "--message", "{}"],
        "`motia emit` needs a message": ["emit", "--topic", "a"],
        "the message of `motia emit` is JSON": ["emit", "--topic", "a", "--message", "{a: 1}"],
        "`motia cloud deploy` needs an API key": ["cloud", "deploy", "-v", "v1", "--ci"],
        "`motia cloud deploy` needs a version name": ["cloud", "deploy", "-k", "key", "--ci"],
        contract("an unknown command is an error"): ["biuld"],
        contract("an unknown option is an error"): ["build", "--fast"],
    },
)
def test_wrong_command_lines(tmp_path: Path, arguments: list[str]) -> None:
    done = motia(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


NOOP = {"type": "noop", "name": "Drawn", "virtualEmits": [], "virtualSubscribes": []}


@sentence("CLI commands", "`motia build` compiles all Steps and generates the artifacts to deploy")
def test_build(tmp_path: Path, language: str) -> None:
    made = Written(language)
    write(tmp_path, language, a=made.api(), b=made.event(), c=made.cron(), d=made.config(NOOP))
    done = motia(tmp_path, "build")
    assert done.returncode == 0, done.stderr
    folder, end = ("python", "_step.zip") if language == "python" else ("node", ".step.zip")
    bundles = {file.name for file in (tmp_path / f"dist/{folder}/steps").iterdir()}
    assert bundles == {f"a{end}", f"b{end}", f"c{end}"}
    assert f"a{end}" in (tmp_path / "dist/motia.steps.json").read_text()


@sentences(
    "CLI commands",
    "source",
    {
        contract("`motia build` refuses an invalid Step, with exit code 1"): lambda made: made.api(method="get"),
        contract("`motia build` refuses a Step that cannot be imported, with exit code 1"): lambda made: "nothing.at",
    },
)
def test_a_broken_build(tmp_path: Path, language: str, source: Callable[[Written], str]) -> None:
    made = Written(language)
    done = motia(write(tmp_path, language, a=source(made)), "build")
    assert done.returncode == 1
    assert made.step("a") in done.stderr


@sentence("CLI commands", contract("`motia build` refuses a project without Steps"))
def test_an_empty_build(tmp_path: Path) -> None:
    assert motia(tmp_path, "build").returncode == 1


@sentence(
    "CLI commands", "`motia generate openapi` writes openapi.json, version 1.0.0, titled as package.json is named"
)
def test_openapi(tmp_path: Path, language: str) -> None:
    (write(tmp_path, language, a=Written(language).api()) / "package.json").write_text('{"name": "hello-api"}')
    assert motia(tmp_path, "generate", "openapi").returncode == 0
    document = json.loads((tmp_path / "openapi.json").read_text())
    assert document["info"] == {"title": "hello-api", "version": "1.0.0"}
    assert "/hello" in document["paths"]


@sentence("CLI commands", "`motia generate openapi` takes --title, --version and --output")
def test_openapi_options(tmp_path: Path) -> None:
    options = ["--title", "My API", "--version", "2.0.0", "--output", "api-spec.json"]
    assert motia(write(tmp_path, "python", a=api()), "generate", "openapi", *options).returncode == 0
    assert json.loads((tmp_path / "api-spec.json").read_text())["info"] == {"title": "My API", "version": "2.0.0"}


@sentence("CLI commands", "`motia generate openapi` takes -t, -v and -o")
def test_openapi_short_options(tmp_path: Path) -> None:
    options = ["-t", "My API", "-v", "2.0.0", "-o", "api-spec.json"]
    assert motia(write(tmp_path, "python", a=api()), "generate", "openapi", *options).returncode == 0
    assert json.loads((tmp_path / "api-spec.json").read_text())["info"] == {"title": "My API", "version": "2.0.0"}


@sentence(
    "CLI commands",
    only(
        "python",
        "`motia install` makes the project's Python environment",
        because="A project without Python needs none.",
    ),
)
def test_install(tmp_path: Path) -> None:
    done = motia(write(tmp_path, "python", a=api()), "install")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "python_modules/bin/python").exists()


@sentence(
    "CLI commands",
    only(
        "typescript", "`motia generate-types` creates types.d.ts with a `Handlers` interface", because="They are types."
    ),
)
def test_types(tmp_path: Path) -> None:
    done = motia(write(tmp_path, "typescript", a=Written("typescript").api()), "generate-types")
    assert done.returncode == 0, done.stderr
    assert "'Hello': ApiRouteHandler<" in (tmp_path / "types.d.ts").read_text()
