"""Which modules of the project go into a bundle."""

from __future__ import annotations

import pytest


def test_a_step_takes_the_modules_it_imports_and_no_others(app):
    app.write("src/prices.py")
    app.write("src/unused.py")
    app.step("order", "from src import prices")
    app.build()
    assert app.files("order") == {"steps/order_step.py", "src/prices.py"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import lib.util", {"lib/util.py"}),
        ("import lib.util as u", {"lib/util.py"}),
        ("from lib.util import f", {"lib/util.py"}),
        ("from lib import util", {"lib/util.py"}),
        ("from . import near", {"steps/near.py"}),
        ("from .near import f", {"steps/near.py"}),
        ("from ..lib import util", {"lib/util.py"}),
        ("import pkg", {"pkg/__init__.py", "pkg/base.py"}),
        ("import pkg.deep.leaf", {"pkg/__init__.py", "pkg/base.py", "pkg/deep/__init__.py", "pkg/deep/leaf.py"}),
        ("from pkg.deep import leaf", {"pkg/__init__.py", "pkg/base.py", "pkg/deep/__init__.py", "pkg/deep/leaf.py"}),
        ("from pkg.deep import NAME", {"pkg/__init__.py", "pkg/base.py", "pkg/deep/__init__.py"}),
        ("from pkg.listed import *", {"pkg/__init__.py", "pkg/base.py", "pkg/listed/__init__.py", "pkg/listed/one.py"}),
        ("import importlib\nimportlib.import_module('lib.util')", {"lib/util.py"}),
        ("from importlib import import_module\nx = import_module('.near', __package__)", {"steps/near.py"}),
        ("__import__('lib.util')", {"lib/util.py"}),
        ("def late():\n    if True:\n        import lib.util", {"lib/util.py"}),
        ("class A:\n    from lib import util", {"lib/util.py"}),
        ("match 1:\n    case 1:\n        import lib.util", {"lib/util.py"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lib.util", set()),
        ("import typing\nif not typing.TYPE_CHECKING:\n    import lib.util", {"lib/util.py"}),
        ("if TYPE_CHECKING:\n    import nowhere\nelse:\n    import lib.util", {"lib/util.py"}),
        ("if __name__ == '__main__':\n    import lib.util", set()),
        ("import sys\nif sys.version_info < (3, 8):\n    import nowhere\nelse:\n    import lib.util", {"lib/util.py"}),
        ("import sys\nif sys.platform == 'cygwin':\n    import nowhere", set()),
        ("try:\n    import nowhere\nexcept ImportError:\n    import lib.util", {"lib/util.py"}),
        ("try:\n    import lib.util\nexcept ImportError:\n    import nowhere", {"lib/util.py"}),
        ("try:\n    from . import nowhere\nexcept (KeyError, ModuleNotFoundError):\n    pass", set()),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    import nowhere", set()),
        ("import json, asyncio, xml.etree.ElementTree", set()),
        ("import motia\nfrom motia import errors", set()),
    ],
)
def test_imports_are_followed_as_python_would(app, statement, expected):
    app.write("lib/util.py")
    app.write("steps/near.py")
    app.write("pkg/__init__.py", "from . import base")
    app.write("pkg/base.py")
    app.write("pkg/deep/__init__.py", "NAME = 1")
    app.write("pkg/deep/leaf.py")
    app.write("pkg/listed/__init__.py", "__all__ = ['one', 'TWO']\nTWO = 2")
    app.write("pkg/listed/one.py")
    app.step("s", statement)
    app.build()
    assert app.files("s") - {"steps/s_step.py"} == expected


def test_the_packages_around_a_step_come_with_it_and_are_followed(app):
    app.write("src/__init__.py", "import shared")
    app.write("src/flows/__init__.py")
    app.write("shared.py")
    app.step("s", folder="src/flows")
    app.build()
    with app.zip("python/src/flows/s_step.zip") as archive:
        assert {"src/__init__.py", "src/flows/__init__.py", "shared.py"} <= set(archive.namelist())


def test_modules_that_import_each_other_end(app):
    app.write("a.py", "import b")
    app.write("b.py", "import a")
    app.step("s", "import a")
    app.build()
    assert app.files("s") == {"steps/s_step.py", "a.py", "b.py"}


def test_a_folder_without_init_does_not_hide_the_standard_library(app):
    app.write("email/welcome.html")
    app.step("s", "import email.message")
    app.build()
    assert app.files("s") == {"steps/s_step.py"}


def test_a_module_named_like_the_standard_library_wins_as_it_does_when_run_and_is_warned_about(app):
    app.write("queue.py")
    app.step("s", "import queue")
    result = app.build()
    assert "queue.py" in app.files("s")
    assert [w.remedy for w in result.warnings] == ["rename the project's module"]


def test_a_built_in_module_cannot_be_hidden(app):
    app.write("time.py", "import nowhere")
    app.step("s", "import time")
    app.build()
    assert app.files("s") == {"steps/s_step.py"}


def test_an_import_found_nowhere_names_file_line_and_remedy(app):
    app.step("s", "import os\nimport acme_billing")
    (problem,) = app.problems()
    assert problem.file == "steps/s_step.py"
    assert problem.key == "line 2"
    assert problem.value == "import acme_billing"
    assert "there is no requirements.txt" in problem.what
    assert problem.remedy == "add the package that has acme_billing to requirements.txt"


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ("import yaml", "add PyYAML to requirements.txt"),
        ("import helper", "imports start at the project's root: write `from steps import helper` or"),
        ("import app.lib.util", "imports start at the project's root: leave `app.` out"),
        ("import libs", "did you mean lib?"),
        ("import lib.utl", "did you mean util?"),
        ("from lib import utl", "did you mean util?"),
        ("from . import helpr", "did you mean helper?"),
        ("import pytest", "add pytest to requirements.txt"),
    ],
)
def test_a_missing_import_comes_with_the_likely_remedy(app, statement, remedy):
    app.write("lib/__init__.py" if "lib.utl" in statement else "lib/util.py")
    app.write("lib/util.py")
    app.write("steps/helper.py")
    app.step("s", statement)
    (problem,) = app.problems()
    assert remedy in problem.remedy


def test_a_relative_import_above_the_root_is_refused(app):
    app.step("s", "from ... import outside")
    (problem,) = app.problems()
    assert problem.what == "`from ... import outside` climbs above the project's root"


def test_a_syntax_error_in_a_helper_names_its_line(app):
    app.write("lib/util.py", "x = 1\ndef broken(:\n")
    app.step("s", "import lib.util")
    (problem,) = app.problems()
    assert (problem.file, problem.key) == ("lib/util.py", "line 2")
    assert problem.what.startswith("is not valid Python")


def test_all_problems_are_reported_at_once_and_shared_ones_once(app):
    app.write("lib.py", "import acme_one")
    app.step("a", "import lib")
    app.step("b", "import lib\nimport acme_two")
    assert sorted(problem.value for problem in app.problems()) == ["import acme_one", "import acme_two"]


def test_an_import_with_a_computed_name_is_a_warning(app):
    app.step("s", "import importlib\nimportlib.import_module('plugins.' + 'a')")
    (warning,) = app.build().warnings
    assert (warning.file, warning.key) == ("steps/s_step.py", "line 2")
    assert "`packages` of motia.toml" in warning.remedy


def test_packages_of_the_settings_go_into_every_bundle_whole(app):
    app.write("plugins/__init__.py")
    app.write("plugins/a.py", "import shared")
    app.write("shared.py")
    app.settings["packages"] = ["plugins"]
    app.step("s")
    app.build()
    assert app.files("s") == {"steps/s_step.py", "plugins/__init__.py", "plugins/a.py", "shared.py"}


def test_an_unknown_name_in_packages_is_refused(app):
    app.settings["packages"] = ["acme_plugins"]
    app.step("s")
    (problem,) = app.problems()
    assert (problem.file, problem.key, problem.value) == ("motia.toml", "packages", "acme_plugins")


def test_a_deeply_nested_file_is_read(app):
    chain = "if x == 0:\n    pass\n" + "".join(f"elif x == {n}:\n    pass\n" for n in range(2000))
    app.step("s", "x = 1\n" + chain + "y = " + "+".join(["1"] * 800))
    app.build()


@pytest.mark.parametrize(
    "statement",
    [
        "sys.path.append('shared')",
        "sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'shared'))",
        "sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + '/shared')",
        "sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'shared'))",
        "ROOT = pathlib.Path(__file__).parent.parent\nsys.path.append(f'{ROOT}/shared')",
        "sys.path += [os.path.join(os.getcwd(), 'shared')]",
        "sys.path = [str(pathlib.Path.cwd().joinpath('shared'))] + sys.path",
        "if 'shared' not in sys.path:\n    sys.path[0:0] = ['./shared']",
    ],
)
def test_a_folder_put_on_the_search_path_is_looked_into(app, statement):
    app.write("shared/models/order.py", "import prices")
    app.write("shared/prices.py")
    app.step("s", f"import os, pathlib, sys\n{statement}\nfrom models.order import Order")
    app.build()
    assert app.files("s") == {"steps/s_step.py", "shared/models/order.py", "shared/prices.py"}


def test_a_module_that_sets_the_search_path_sets_it_for_its_importers(app):
    app.write("bootstrap.py", "import sys\nsys.path.append('shared')\nsys.path.append(open('x').read())")
    app.write("shared/prices.py")
    app.step("s", "import bootstrap\nimport prices")
    app.build()
    assert app.files("s") == {"steps/s_step.py", "bootstrap.py", "shared/prices.py"}


def test_a_search_path_outside_of_the_project_is_no_place_for_modules(app):
    app.step("s", "import sys\nsys.path.append('../elsewhere')\nimport prices")
    (problem,) = app.problems()
    assert problem.value == "import prices"
