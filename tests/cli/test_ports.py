"""Ports on the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from motia_cli.commands import dev, emit, emulator, logs, start

EMIT = ["--topic", "a", "--message", "1"]
COMMANDS = [
    pytest.param(dev.command, [], 0, id="dev"),
    pytest.param(start.command, [], 0, id="start"),
    pytest.param(emit.command, EMIT, 1, id="emit"),
    pytest.param(logs.command, [], 1, id="logs"),
    pytest.param(emulator.start, [], 0, id="emulator start"),
]


@pytest.mark.parametrize("port", ["65536", "70000", "-1"])
@pytest.mark.parametrize(("command", "arguments", "lowest"), COMMANDS)
def test_a_port_that_is_none_is_the_command_lines_fault(command, arguments, lowest: int, port: str) -> None:
    done = CliRunner().invoke(command, [*arguments, "--port", port])
    assert done.exit_code == 2
    assert f"{port} is not in the range {lowest}<=x<=65535" in done.output


@pytest.mark.parametrize("command", [emit.command, logs.command])
def test_nobody_answers_at_port_0(command) -> None:
    done = CliRunner().invoke(command, [*(EMIT if command is emit.command else []), "--port", "0"])
    assert (done.exit_code, "is not in the range" in done.output) == (2, True)
