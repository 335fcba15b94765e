"""A Step file is imported the way its author thinks of it."""

import sys
from pathlib import Path

import pytest

from motia.errors import StepLoadError
from motia.loading import load_module
from running import API, App, json_of


def test_absolute_and_relative_imports_work(app: App) -> None:
    app.write("src/shared.py", "A = 'src'")
    app.write("steps/orders/helpers.py", "B = 'relative'")
    app.write("steps/common.py", "C = 'parent'")
    app.write("lib/deep/mod.py", "D = 'root'")
    source = """
        from lib.deep.mod import D
        from src.shared import A
        from steps.orders.helpers import B as again

        from ..common import C
        from .helpers import B
        assert again is B
        config = {"type": "api"}

        async def handler(req, context):
            return {"status": 200, "body": [A, B, C, D, __name__]}
    """
    response = app.api(source, file="steps/orders/create_step.py")
    assert json_of(response) == ["src", "relative", "parent", "root", "steps.orders.create_step"]


@pytest.mark.parametrize(
    "file", ["steps/my-orders/create-it_step.py", "steps/v1.2/a_step.py", "src/a.b_step.py", "steps/1/2_step.py"]
)
def test_any_folder_name_will_do(app: App, file: str) -> None:
    source = """
        async def handler(req, context):
            return {"status": 200, "body": 1}
    """
    assert json_of(app.api(source, file=file)) == 1


def test_a_relative_import_may_climb_to_the_root(app: App) -> None:
    app.write("services/db.py", "VALUE = 5")
    app.write("steps/orders/near.py", "from ...services.db import VALUE")
    source = """
        from ...services.db import VALUE
        from .near import VALUE as NEAR

        async def handler(req, context):
            return {"status": 200, "body": [VALUE, NEAR]}
    """
    assert json_of(app.api(source, file="steps/orders/a_step.py")) == [5, 5]


def test_a_relative_import_may_not_leave_the_project(app: App) -> None:
    with pytest.raises(StepLoadError, match="beyond top-level package"):
        app.step("from ....outside import x", file="steps/orders/a_step.py")


def test_packages_with_init_files_work(app: App) -> None:
    app.write("steps/__init__.py", "")
    app.write("steps/orders/__init__.py", "FROM_INIT = 5")
    source = """
        from . import FROM_INIT as VALUE

        async def handler(req, context):
            return {"status": 200, "body": VALUE}
    """
    assert json_of(app.api(source, file="steps/orders/a_step.py")) == 5


def test_a_project_folder_wins_over_an_installed_package(app: App, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = tmp_path_factory.mktemp("site-packages")
    (site / "src").mkdir()
    (site / "src/__init__.py").write_text("raise RuntimeError('the wrong src')")
    sys.path.insert(0, str(site))
    try:
        app.write("src/shared.py", "A = 1")
        source = """
            from src.shared import A

            async def handler(req, context):
                return {"status": 200, "body": A}
        """
        assert json_of(app.api(source)) == 1
    finally:
        sys.path.remove(str(site))


def test_two_projects_do_not_see_each_others_modules(app: App, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = App(tmp_path_factory.mktemp("other"))
    source = """
        from lib.values import VALUE

        async def handler(req, context):
            return {"status": 200, "body": VALUE}
    """
    for project, value in ((app, 1), (other, 2)):
        project.write("lib/values.py", f"VALUE = {value}")
        assert json_of(project.api(source)) == value
    assert str(app.root) not in sys.path


def test_a_step_is_imported_once(app: App) -> None:
    app.write("steps/a_step.py", "")
    assert load_module(app.root, "steps/a_step.py") is load_module(app.root, "steps/a_step.py")


def failure(app: App, source: str) -> StepLoadError:
    with pytest.raises(StepLoadError) as failed:
        app.step(source)
    return failed.value


def test_an_error_while_importing_shows_the_users_lines_only(app: App) -> None:
    app.write("src/helper.py", "def explode():\n    raise ValueError('no luck')\n")
    error = failure(app, "from src.helper import explode\nexplode()\n")
    assert error.what == "the Step cannot be imported: ValueError: no luck"
    assert error.where == "steps/hello_step.py"
    assert "helper.py" in error.traceback
    assert "explode()" in error.traceback
    assert "importlib" not in error.traceback
    assert str(Path(__file__).parents[2] / "runtime") not in error.traceback


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import a_package_nobody_has\n", "no module named 'a_package_nobody_has'"),
        ("import sys\nsys.exit(3)\n", "the file calls sys.exit(3)"),
        ("from src import nothing_there\n", "no module named 'src'"),
        ("from steps import nothing_there\n", "ImportError"),
        ("config = {}\n", "the Step 'Hello' has no handler"),
        ("handler = 5\n", "has a handler that is an int"),
        ("config = {'middleware': [None]}\ndef handler(req): ...\n", "the middleware None of the Step 'Hello'"),
    ],
)
def test_what_is_wrong_is_named_with_a_remedy(app: App, source: str, what: str) -> None:
    error = failure(app, source)
    assert what in error.what
    assert error.where == API.file
    assert error.remedy


def test_folders_of_a_project_that_was_loaded_before_are_forgotten(app: App, tmp_path: Path) -> None:
    app.write("src/lib/words.py", "WORD = 'one'")
    app.write("more/words.py", "WORD = 'more'")
    app.step("from more.words import WORD\nfrom src.lib.words import WORD\ndef handler(req): ...\n")
    (tmp_path / "other/steps").mkdir(parents=True)
    for folder in ("src", "more"):
        (tmp_path / f"other/steps/{folder}_step.py").write_text(f"import {folder}\n")
        with pytest.raises(StepLoadError, match=f"no module named '{folder}'"):
            load_module(tmp_path / "other", f"steps/{folder}_step.py")


def test_a_missing_file_is_named(app: App) -> None:
    with pytest.raises(StepLoadError, match="the file does not exist"):
        load_module(app.root, "steps/missing_step.py")


def test_a_repaired_step_loads(app: App) -> None:
    failure(app, "raise ValueError('passing')")
    assert app.step("def handler(req): return None  # a longer file than before").arity == 1
