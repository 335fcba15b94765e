"""Which packages go into a bundle, from real wheels built here and installed without a network."""

from __future__ import annotations

import base64
import hashlib
import shutil
import zipfile

import pytest

from motia.errors import ProjectError
from motia_project.bundling import Target
from motia_project.settings import Settings

LAMBDA = Target.lambda_(Settings(runtime="python3.13", architecture="arm64"))


def wheel(folder, name, version="1.0", files=None, requires=(), extras=(), tag="py3-none-any", top_level=None):
    """Write a wheel of these files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {one}" for one in requires] + [f"Provides-Extra: {one}" for one in extras]
    content = {**(files if files is not None else {f"{name}/__init__.py": ""})}
    content[f"{info}/METADATA"] = "\n".join(metadata) + "\n"
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {tag}\n"
    record = []
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in content.items():
            data = text.encode() if isinstance(text, str) else text
            archive.writestr(file, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{file},sha256={digest},{len(data)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))
    return path


@pytest.fixture
def index(app):
    """A folder of wheels that is the whole package index."""
    folder = app.root.parent / "wheels"
    folder.mkdir()
    app.write("uv.toml", f'no-index = true\nfind-links = ["{folder}"]\n')
    return folder


def packages(app, name):
    """Top-level names of third-party files in a Step's bundle."""
    return {file.split("/")[0] for file in app.files(name) if not file.startswith("steps/")}


def test_a_step_takes_the_distributions_it_imports_with_all_they_need(app, index):
    wheel(index, "alpha", requires=["beta"])
    wheel(index, "beta", requires=["gamma>=1"])
    wheel(index, "gamma")
    wheel(index, "other")
    app.write("requirements.txt", "alpha\nother  # unused by steps.one\n")
    app.step("one", "import alpha")
    app.step("two", "import other")
    app.step("three")
    app.build(LAMBDA)
    assert packages(app, "one") == {
        *("alpha", "alpha-1.0.dist-info", "beta", "beta-1.0.dist-info", "gamma", "gamma-1.0.dist-info"),
    }
    assert packages(app, "two") == {"other", "other-1.0.dist-info"}
    assert packages(app, "three") == set()


def test_markers_are_those_of_the_target_and_not_of_this_machine(app, index):
    wheel(
        index,
        "alpha",
        requires=[
            "beta; platform_machine == 'aarch64' and python_version >= '3.13'",
            "gamma; sys_platform == 'win32' or python_version < '3.13'",
        ],
    )
    wheel(index, "beta")
    wheel(index, "gamma")
    app.write("requirements.txt", "alpha\ngamma")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert packages(app, "one") == {"alpha", "alpha-1.0.dist-info", "beta", "beta-1.0.dist-info"}


def test_extras_asked_for_in_requirements_or_by_a_package_are_followed(app, index):
    wheel(index, "alpha", requires=["beta; extra == 'fast'", "gamma[deep]"], extras=["fast"])
    wheel(index, "beta")
    wheel(index, "gamma", requires=["delta; extra == 'deep'"], extras=["deep"])
    wheel(index, "delta")
    app.write("requirements.txt", "alpha[fast]")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert {"beta", "gamma", "delta"} <= packages(app, "one")


def test_a_listed_package_that_is_an_extra_of_an_imported_one_comes_along(app, index):
    wheel(index, "alpha", requires=["driver; extra == 'db'", "absent; extra == 'db'"], extras=["db"])
    wheel(index, "driver")
    app.write("requirements.txt", "alpha\ndriver")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert "driver" in packages(app, "one")


def test_the_import_name_is_found_whatever_the_distribution_is_called(app, index):
    wheel(index, "PyAml_Like", files={"aml/__init__.py": "", "_aml.cpython-313-aarch64-linux-gnu.so": b"\x7fELF"})
    wheel(index, "single", files={"solo.py": ""})
    app.write("requirements.txt", "pyaml-like\nsingle")
    app.step("one", "import aml.loader")
    app.step("two", "import _aml")
    app.step("three", "from solo import x")
    app.build(LAMBDA)
    assert "aml" in packages(app, "one") & packages(app, "two")
    assert "solo.py" in packages(app, "three")


@pytest.mark.parametrize(
    "init", [{}, {"cloud/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"}]
)
def test_distributions_that_share_a_namespace_are_told_apart(app, index, init):
    wheel(index, "cloud_store", files={"cloud/store/__init__.py": "", **init})
    wheel(index, "cloud_queue", files={"cloud/queue/__init__.py": "", **init})
    app.write("requirements.txt", "cloud-store\ncloud-queue")
    app.step("one", "import cloud.store")
    app.step("two", "from cloud import queue")
    app.step("three", "from cloud import store, queue")
    app.build(LAMBDA)
    assert any("cloud/store/" in file for file in app.files("one"))
    assert not any("cloud/queue/" in file for file in app.files("one"))
    assert any("cloud/queue/" in file for file in app.files("two"))
    assert {"cloud/store/__init__.py", "cloud/queue/__init__.py"} <= app.files("three")
    assert ("cloud/__init__.py" in app.files("one")) is bool(init)


def test_a_project_folder_and_a_package_may_share_a_namespace(app, index):
    wheel(index, "acme_core", files={"acme/core/__init__.py": ""})
    app.write("requirements.txt", "acme-core")
    app.write("acme/local.py")
    app.step("one", "import acme.core\nimport acme.local")
    app.build(LAMBDA)
    assert {"acme/core/__init__.py", "acme/local.py"} <= app.files("one")


def test_files_that_no_step_needs_stay_out(app, index):
    wheel(
        index,
        "alpha",
        files={
            "alpha/__init__.py": "",
            "alpha/py.typed": "",
            "alpha/types.pyi": "",
            "alpha/data/table.json": "{}",
            "alpha/tests/test_a.py": "",
            "alpha/deep/tests/__init__.py": "",
            "alpha/old.pyc": b"x",
            "alpha-nspkg.pth": "import os",
            "alpha-1.0.data/scripts/alpha": "#!python\n",
            "alpha-1.0.dist-info/entry_points.txt": "[x]\na = alpha:a\n",
            "alpha-1.0.dist-info/licenses/LICENSE": "text",
        },
    )
    app.write("requirements.txt", "alpha")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert app.files("one") == {
        "steps/one_step.py",
        "alpha/__init__.py",
        "alpha/py.typed",
        "alpha/data/table.json",
        "alpha-1.0.dist-info/METADATA",
        "alpha-1.0.dist-info/entry_points.txt",
    }


def test_tests_that_a_package_itself_imports_stay_in(app, index):
    wheel(index, "alpha", files={"alpha/__init__.py": "from alpha.tests import case", "alpha/tests/case.py": ""})
    wheel(index, "beta", files={"beta/__init__.py": "", "beta/tests/case.py": ""})
    app.write("requirements.txt", "alpha\nbeta")
    app.step("one", "import alpha, beta")
    app.build(LAMBDA)
    assert "alpha/tests/case.py" in app.files("one")
    assert "beta/tests/case.py" not in app.files("one")


def test_dependencies_of_pyproject_are_used_without_requirements_txt(app, index):
    wheel(index, "alpha")
    app.write("pyproject.toml", '[project]\nname = "x"\nversion = "0"\ndependencies = ["alpha>=1"]\n')
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert "alpha" in packages(app, "one")


def test_included_requirement_files_and_constraints_count(app, index):
    wheel(index, "alpha", "1.0")
    wheel(index, "alpha", "2.0")
    app.write("requirements.txt", "-r more/base.txt\n-c pins.txt\n")
    app.write("more/base.txt", "alpha>=1  # any\n")
    app.write("pins.txt", "alpha<2\n")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    assert "alpha-1.0.dist-info" in packages(app, "one")
    app.write("pins.txt", "alpha>=2\n")
    app.build(LAMBDA)
    assert "alpha-2.0.dist-info" in packages(app, "one")


def test_an_install_is_kept_and_used_again_without_the_index(app, index):
    wheel(index, "alpha")
    app.write("requirements.txt", "alpha")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    app.step("two", "import alpha")
    app.write("requirements.txt", "# a comment changes nothing\nalpha\n")
    shutil.rmtree(index)
    app.build(LAMBDA)
    assert "alpha" in packages(app, "two")
    lock = next((app.root / ".motia/cache/deps").glob("*/lock.txt"))
    assert lock.read_text() == "alpha==1.0\n"


def test_a_wheel_in_the_project_is_a_requirement_like_others_and_is_noticed_when_it_changes(app, index):
    wheel(app.root / "wheels", "alpha", files={"alpha/__init__.py": "A = 1"})
    app.write("requirements.txt", "./wheels/alpha-1.0-py3-none-any.whl\n")
    app.step("one", "import alpha")
    app.build(LAMBDA)
    wheel(app.root / "wheels", "alpha", files={"alpha/__init__.py": "A = 2"})
    assert app.build(LAMBDA).built == ("one",)
    with app.zip("python/steps/one_step.zip") as archive:
        assert archive.read("alpha/__init__.py") == b"A = 2"


def test_a_package_without_a_wheel_for_the_target_names_package_platform_and_the_way_out(app, index):
    wheel(index, "alpha", tag="cp313-cp313-win_amd64")
    app.write("requirements.txt", "# first\n\nalpha>=1\n")
    app.step("one", "import alpha")
    (problem,) = app.problems(LAMBDA)
    assert problem.what == "the package alpha has no wheel for python3.13 on arm64"
    assert (problem.file, problem.key, problem.value) == ("requirements.txt", "line 3", "alpha>=1")
    assert "choose another `architecture` or `runtime` in motia.toml" in problem.remedy
    assert not (app.root / "dist").exists()


def test_a_package_that_another_one_needs_and_has_no_wheel_is_named(app, index):
    wheel(index, "alpha", requires=["native"])
    wheel(index, "native", tag="cp313-cp313-win_amd64")
    app.write("requirements.txt", "alpha\n")
    app.step("one", "import alpha")
    (problem,) = app.problems(LAMBDA)
    assert problem.what == "the package native has no wheel for python3.13 on arm64; another requirement needs it"


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("ok\nreq uests\n", "line 2", "is not a requirement"),
        ("ok\n\nrequests[socks\n", "line 3", "is not a requirement"),
        ("requests=>2\n", "line 1", "is not a requirement"),
        ("-r other.txt\n", "line 1", "includes other.txt, which does not exist"),
        ("-e ./lib\n", "line 1", "an editable install cannot go into a bundle"),
    ],
)
def test_a_wrong_line_of_requirements_is_named(app, index, text, key, what):
    app.write("requirements.txt", text)
    app.step("one")
    (problem,) = app.problems(LAMBDA)
    assert (problem.file, problem.key) == ("requirements.txt", key)
    assert problem.what.startswith(what)


def test_a_wrong_dependency_of_pyproject_is_named(app, index):
    app.write("pyproject.toml", '[project]\nname = "x"\nversion = "0"\ndependencies = ["fine", "not fine"]\n')
    app.step("one")
    (problem,) = app.problems(LAMBDA)
    assert (problem.file, problem.key) == ("pyproject.toml", "project.dependencies[1]")


def test_a_package_that_does_not_exist_is_named(app, index):
    app.write("requirements.txt", "acme-nowhere\n")
    app.step("one")
    (problem,) = app.problems(LAMBDA)
    assert problem.what == "the package acme-nowhere does not exist in the package index"
    assert problem.key == "line 1"


def test_requirements_that_contradict_each_other_say_so(app, index):
    wheel(index, "alpha", "1.0")
    app.write("requirements.txt", "alpha<1\nalpha>1\n")
    app.step("one")
    (problem,) = app.problems(LAMBDA)
    assert "alpha<1 and alpha>1" in problem.what


def test_an_index_that_does_not_answer_is_a_clear_error(app, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(app.root.parent / "uv-cache"))
    app.write("requirements.txt", "alpha\n")
    app.step("one")
    with pytest.raises(ProjectError, match="the package index does not answer") as caught:
        app.build(LAMBDA)
    assert "UV_DEFAULT_INDEX" in caught.value.remedy


def test_pydantic_unlisted_is_bundled_with_a_warning(app, index):
    wheel(index, "pydantic", "2.99.0", files={"pydantic/__init__.py": "class BaseModel: pass"})
    wheel(index, "pydantic", "3.0.0", files={"pydantic/__init__.py": ""})
    wheel(index, "alpha")
    app.write("requirements.txt", "alpha\n")
    app.step("one", "import alpha\nfrom pydantic import BaseModel")
    result = app.build(LAMBDA)
    assert "pydantic-2.99.0.dist-info" in packages(app, "one")
    (warning,) = result.warnings
    assert warning.remedy == "add pydantic>=2,<3 to requirements.txt"


def test_an_import_of_an_unlisted_package_says_it_is_not_in_requirements(app, index):
    wheel(index, "alpha")
    app.write("requirements.txt", "alpha\n")
    app.step("one", "import boto3\nimport alhpa")
    boto3, typo = app.problems(LAMBDA)
    assert "not in requirements.txt" in boto3.what
    assert boto3.remedy == "add boto3 to requirements.txt"
    assert typo.remedy.startswith("did you mean alpha?")


def test_a_guarded_import_of_a_listed_package_is_bundled(app, index):
    wheel(index, "alpha")
    app.write("requirements.txt", "alpha\n")
    app.step("one", "try:\n    import alpha\nexcept ImportError:\n    alpha = None")
    app.build(LAMBDA)
    assert "alpha" in packages(app, "one")


def test_a_fallback_for_something_missing_must_exist_itself(app, index):
    app.step("one", "try:\n    import acme_a\nexcept ImportError:\n    import acme_b")
    (problem,) = app.problems(LAMBDA)
    assert problem.value == "import acme_b"


def test_packages_of_the_settings_may_name_a_package(app, index):
    wheel(index, "driver")
    app.write("requirements.txt", "driver\n")
    app.settings["packages"] = ["driver"]
    app.step("one")
    app.build(LAMBDA)
    assert "driver" in packages(app, "one")


def test_a_module_of_the_project_hides_a_package_of_the_same_name(app, index):
    wheel(index, "alpha", requires=["beta"])
    wheel(index, "beta", files={"beta.py": "THEIRS = 1"})
    app.write("requirements.txt", "alpha\nbeta")
    app.write("beta.py", "MINE = 1")
    app.step("one", "import alpha\nimport beta")
    app.build(LAMBDA)
    with app.zip("python/steps/one_step.zip") as archive:
        assert archive.read("beta.py") == b"MINE = 1"
        assert len(archive.namelist()) == len(set(archive.namelist()))


def test_a_standard_library_module_that_the_target_lost_is_explained(app):
    app.step("one", "import cgi")
    (problem,) = app.problems(LAMBDA)
    assert problem.remedy == "cgi left the standard library with Python 3.13; use a package instead"
