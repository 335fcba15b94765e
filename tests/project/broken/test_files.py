"""Files that cannot be read, and what is said about them. They never take the other files with them."""

# ruff: noqa: E501  messages are recorded as they are shown

from textwrap import dedent

import pytest

from step_sources import api, cron, event, stream

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {
            A: "import src.prices\n" + api(),
            "src/prices.py": 'prices = {}\nif "gold" not in prices:\n    raise KeyError("gold")\n',
        },
        """
        steps/a_step.py
          error: the file cannot be imported: KeyError: 'gold'
              Traceback (most recent call last):
                File "steps/a_step.py", line 1, in <module>
                  import src.prices
                File "src/prices.py", line 3, in <module>
                  raise KeyError("gold")
              KeyError: 'gold'
        """,
        id="an error in an imported module",
    ),
    pytest.param(
        {A: "import no_such_package\n" + api()},
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'no_such_package'
              do: add the package that has `no_such_package` to requirements.txt and run `motia install`
              Traceback (most recent call last):
                File "steps/a_step.py", line 1, in <module>
                  import no_such_package
              ModuleNotFoundError: No module named 'no_such_package'
        """,
        id="a missing package",
    ),
    pytest.param(
        {A: "import no_such_package\n" + api(), "requirements.txt": 'no-such-package; sys_platform == "win32"\n'},
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'no_such_package'
              do: the requirement is for other machines or versions of Python: no-such-package; sys_platform == "win32"
              Traceback (most recent call last):
                File "steps/a_step.py", line 1, in <module>
                  import no_such_package
              ModuleNotFoundError: No module named 'no_such_package'
        """,
        id="a package that a marker leaves out",
    ),
    pytest.param(
        {A: "import no_such_package\n" + api(), "requirements.txt": "no-such-package==1\n"},
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'no_such_package'
              do: it is among the requirements: run `motia install`
              Traceback (most recent call last):
                File "steps/a_step.py", line 1, in <module>
                  import no_such_package
              ModuleNotFoundError: No module named 'no_such_package'
        """,
        id="a package that is required and not installed",
    ),
    pytest.param(
        {
            A: "import json\nimport aa.b\nfrom aa import c\nfrom bb import (\n    d,\n)\nfrom src.gone import e\n"
            "from src.there import f\nimport xml.none\ntry:\n    import zz\nexcept ImportError:\n    zz = None\n"
            + api(),
            "src/there.py": "f = 1\n",
        },
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'aa'
              do: add the package that has `aa` to requirements.txt and run `motia install`
              Traceback (most recent call last):
                File "steps/a_step.py", line 2, in <module>
                  import aa.b
              ModuleNotFoundError: No module named 'aa'
          error: the file cannot be imported: ModuleNotFoundError: No module named 'bb'
              do: add the package that has `bb` to requirements.txt and run `motia install`
              Traceback (most recent call last):
                File "steps/a_step.py", line 4, in <module>
                  from bb import (
              ModuleNotFoundError: No module named 'bb'
          error: the file cannot be imported: ModuleNotFoundError: No module named 'src.gone'
              do: check the module's name: the path is relative to the project's root
              Traceback (most recent call last):
                File "steps/a_step.py", line 7, in <module>
                  from src.gone import e
              ModuleNotFoundError: No module named 'src.gone'
        """,
        id="several imports that are not found",
    ),
    pytest.param(
        {
            A: "import sys\nimport aa\nsys.path.append('lib')\nimport bb\n" + api(),
            "lib/bb.py": "",
        },
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'aa'
              do: add the package that has `aa` to requirements.txt and run `motia install`
              Traceback (most recent call last):
                File "steps/a_step.py", line 2, in <module>
                  import aa
              ModuleNotFoundError: No module named 'aa'
        """,
        id="an import that fails before the file says where others are",
    ),
    pytest.param(
        {A: "from prices import GOLD\n" + api(), "src/prices.py": "GOLD = 1\n"},
        """
        steps/a_step.py
          error: the file cannot be imported: ModuleNotFoundError: No module named 'prices'
              do: modules are imported from the project's root: write `from src.prices import ...`
              Traceback (most recent call last):
                File "steps/a_step.py", line 1, in <module>
                  from prices import GOLD
              ModuleNotFoundError: No module named 'prices'
        """,
        id="an import without its folder",
    ),
    pytest.param(
        {A: api() + "config['self'] = config\nconfig['bodySchema'] = loop = {}\nloop['of'] = [loop]\n"},
        """
        steps/a_step.py
          error: self: the value is the configuration that it is in: JSON cannot contain itself
              do: leave the key out
          error: bodySchema.of[0]: the value is `bodySchema`, which it is in: JSON cannot contain itself
              do: leave the key out
        """,
        id="a configuration that contains itself",
    ),
    pytest.param(
        {A: 'config = {\n    "type": "api"\n'},
        """
        steps/a_step.py
          error: the file is not valid Python: '{' was never closed
                File "steps/a_step.py", line 1
                  config = {
                           ^
              SyntaxError: '{' was never closed
        """,
        id="a syntax error",
    ),
    pytest.param(
        {A: "# Hallo\nconfig = {'name': 'Größe'}\n".encode("latin-1")},
        """
        steps/a_step.py
          error: line 2 of steps/a_step.py is not UTF-8 text
              do: save the file as UTF-8
        """,
        id="a file that is not UTF-8",
    ),
    pytest.param(
        {A: api().encode("utf-16"), "steps/b_step.py": api().encode("utf-16-be")},
        """
        steps/a_step.py
          error: steps/a_step.py is UTF-16
              do: save the file as UTF-8
        steps/b_step.py
          error: steps/b_step.py is UTF-16
              do: save the file as UTF-8
        """,
        id="files that are UTF-16",
    ),
    pytest.param(
        {A: "import src.names\n" + api(), "src/names.py": "NAME = 1\n".encode("utf-16-le")},
        """
        steps/a_step.py
          error: src/names.py is UTF-16
              do: save the file as UTF-8
        """,
        id="an imported file that is UTF-16",
    ),
    pytest.param(
        {A: "import src.names\n" + api(), "src/names.py": "NAME = 'Größe'\n".encode("latin-1")},
        """
        steps/a_step.py
          error: line 1 of src/names.py is not UTF-8 text
              do: save the file as UTF-8
        """,
        id="an imported file that is not UTF-8",
    ),
    pytest.param(
        {A: ""},
        """
        steps/a_step.py
          error: the file defines no `config`
              do: define `config = {...}` at the top level of the file
        """,
        id="an empty file",
    ),
    pytest.param(
        {A: 'import os\n\nraise SystemExit("DATABASE_URL is not set")\n', B: api()},
        """
        steps/a_step.py
          error: the file ends the process when it is imported: sys.exit('DATABASE_URL is not set')
              do: move the call into the handler, or raise an exception that says what is missing
              Traceback (most recent call last):
                File "steps/a_step.py", line 3, in <module>
                  raise SystemExit("DATABASE_URL is not set")
              SystemExit: DATABASE_URL is not set
        """,
        id="sys.exit with a reason",
    ),
    pytest.param(
        {A: "import os\n\nos._exit(7)\n", B: api()},
        """
        steps/a_step.py
          error: importing the file ended the process with exit code 7
              do: move what calls os._exit into the handler
        """,
        id="os._exit",
    ),
    pytest.param(
        {A: "import ctypes\n\n\ndef boom():\n    ctypes.string_at(0)\n\n\nboom()\n", B: api()},
        """
        steps/a_step.py
          error: importing the file crashed the interpreter (SIGSEGV)
              do: a native library failed; update or replace it
              Traceback (most recent call last):
                File "steps/a_step.py", line 8, in <module>
                  boom()
                File "steps/a_step.py", line 5, in boom
                  ctypes.string_at(0)
        """,
        id="a crash",
    ),
    pytest.param(
        {A: "import os\n\nos.kill(os.getpid(), 9)\n", B: api()},
        """
        steps/a_step.py
          error: importing the file got the process killed
              do: perhaps memory ran out
        """,
        id="killed",
    ),
    pytest.param(
        {A: "config = ['api']\n\nasync def handler(req, context): ...\n"},
        """
        steps/a_step.py
          error: `config` is a list, it must be a dictionary
              do: write `config = {...}`
        """,
        id="a config that is a list",
    ),
    pytest.param(
        {
            A: "from dataclasses import dataclass\n\n@dataclass\nclass Config:\n    type: str = 'api'\n\nconfig = Config()\n"
        },
        """
        steps/a_step.py
          error: `config` is a Config, it must be a dictionary
              do: write `config = dataclasses.asdict(...)`
        """,
        id="a config that is a dataclass",
    ),
    pytest.param(
        {A: "async def handler(req, context): ...\n"},
        """
        steps/a_step.py
          error: the file defines no `config`
              do: define `config = {...}` at the top level of the file
        """,
        id="no config",
    ),
    pytest.param(
        {
            A: """
            import datetime

            class Body: ...

            config = {
                "type": "api", "name": "Hello", "path": "/hello", "method": "GET", "emits": [],
                "bodySchema": Body,
                "responseSchema": {200: {"type": "object", "default": datetime.date(2026, 1, 1)}},
                "description": lambda: "later",
                "flows": [float("nan")],
            }

            async def handler(req, context): ...
            """
        },
        """
        steps/a_step.py
          error: bodySchema: the value is the class Body
              do: for a schema give a JSON Schema or a pydantic model class
          error: responseSchema.200.default: the value is a date, which is not JSON
              do: write text, numbers, lists and dictionaries
          error: description: the value is the function <lambda>
              do: a configuration is data; only `middleware` and `canAccess` hold functions
          error: flows[0]: the value is nan, which JSON does not have
              do: write a finite number or None
        """,
        id="values that are not JSON",
    ),
    pytest.param(
        {A: "def auth(req, context, next_fn): ...\n" + api().replace("'emits': []", "'emits': [], 'middleware': auth")},
        """
        steps/a_step.py
          error: middleware: the value is the function auth, it must be a list of functions
              do: write [auth]
        """,
        id="middleware that is not a list",
    ),
    pytest.param(
        {A: "config = {'type': 'api', 'name': 'Hello', 'path': '/hello', 'method': 'GET', 'emits': []}\n"},
        """
        steps/a_step.py
          error: handler: the file defines no `handler`
              do: define `async def handler(req, context)`
        """,
        id="no handler",
    ),
    pytest.param(
        {A: api() + 'handler = "later"\n'},
        """
        steps/a_step.py
          error: handler: `handler` is a value of type str, it must be a function
              allowed: async def handler(req, context)
        """,
        id="a handler that cannot be called",
    ),
    pytest.param(
        {A: api().replace("req, context", "req, context, db")},
        """
        steps/a_step.py
          error: handler: `handler` cannot be called with what it is given
              value: handler(req, context, db)
              allowed: handler(req, context)
              do: take fewer, or give the rest defaults
        """,
        id="a handler with three parameters",
    ),
    pytest.param(
        {
            A: api().replace("return", "yield"),
            "steps/b_step.py": event().replace("async def", "def").replace("return", "yield"),
        },
        """
        steps/a_step.py
          error: handler: `handler` is a generator function, of which nothing runs when it is called
              allowed: async def handler(req, context)
              do: write `return` where it has `yield`
        steps/b_step.py
          error: handler: `handler` is a generator function, of which nothing runs when it is called
              allowed: async def handler(input_data, context)
              do: write `return` where it has `yield`
        """,
        id="a handler that is a generator",
    ),
    pytest.param(
        {A: cron().replace("handler(context)", "handler(context, *, db)")},
        """
        steps/a_step.py
          error: handler: `handler` cannot be called with what it is given
              value: handler(context, *, db)
              allowed: handler(context)
              do: take fewer, or give the rest defaults
        """,
        id="a handler with a parameter by name",
    ),
    pytest.param(
        {A: api(), "steps/b.step.py": api(), "src/hello-step.py": api(), "src/chat.stream.py": stream()},
        """
        steps/b.step.py
          warning: the file is not read: Python files of this name are no steps
              do: rename it to b_step.py
        src/chat.stream.py
          warning: the file is not read: Python files of this name are no streams
              do: rename it to chat_stream.py
        src/hello-step.py
          warning: the file is not read because of its name
              do: rename it to hello_step.py if it is a step
        """,
        id="an old name of a Python Step",
    ),
    pytest.param(
        {
            A: api(),
            "steps/e.step.rb": "",
            "steps/a.step.tsx": "",
        },
        """
        steps/e.step.rb
          warning: the file is not read: its language is not supported
              allowed: *_step.py, *.step.ts, *.step.js; *_stream.py, *.stream.ts, *.stream.js
        """,
        id="languages that are not supported",
    ),
    pytest.param(
        {A: api(), ".env": "A=1\nthis is not a variable\n"},
        """
        .env
          error: line 2 is not a variable
              allowed: NAME=value, empty lines and lines that begin with #
        """,
        id="a line of .env that is no variable",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
