"""A signal that comes at a moment where Python drops exceptions is not lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROGRAM = """
import os, sys, threading, weakref
from motia_cli.main import Interrupt, on_signals, raise_again

class Module: ...

def callback(_):
    os.kill(os.getpid(), {number})
    [None for _ in range(1000)]  # the signal's handler runs in here

sys.unraisablehook = raise_again
on_signals(Interrupt())
module = Module()
reference = weakref.ref(module, callback)
try:
    del module
    threading.Event().wait(20)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_callback_of_a_weak_reference(number: int) -> None:
    program = PROGRAM.format(number=int(number))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted\n", "", 0)


def test_while_a_class_is_made(tmp_path: Path) -> None:
    """Python 3.11 makes a RuntimeError of it: the command is interrupted all the same."""
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
            import os, signal, sys
            class Field:
                def __set_name__(self, owner, name):
                    os.kill(os.getpid(), signal.SIGTERM)
                    [None for _ in range(1000)]
            class Finder:
                def find_spec(self, name, path=None, target=None):
                    if name == "motia_cli.commands.version":
                        type("Made", (), {"field": Field()})
            sys.meta_path.insert(0, Finder())
        """)
    )
    program = "from motia_cli.main import main; main()"
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program, "version"], capture_output=True, text=True, env=env)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_other_dropped_errors_are_printed() -> None:
    program = "import sys; from motia_cli.main import raise_again; sys.unraisablehook = raise_again\n"
    program += "class A:\n    def __del__(self): raise ValueError('odd')\nA()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert "ValueError: odd" in done.stderr
