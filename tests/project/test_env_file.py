"""Files of environment variables."""

from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia_project.env_file import environment_problems, left_behind, read_env_file
from motia_project.report import render


def test_lines_quotes_and_comments(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        "# first\nA=1\nexport B = 'two words' # why\nC=\"line\\nbreak\"\nD=\nE=${A}2\n\n", encoding="utf-8-sig"
    )
    assert read_env_file(path) == {"A": "1", "B": "two words", "C": "line\nbreak", "D": "", "E": "${A}2"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A=1\nwhat is this\n", "line 2 is not a variable"),
        (b"no equals\nA=1\n=x\n1 B=2\n", "lines 1, 3 and 4 are not variables"),
        ("A=Größe".encode("latin-1"), "cannot be read: it is not UTF-8 text"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / ".env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match=message) as wrong:
        read_env_file(path)
    assert wrong.value.where == str(path)


def test_names_that_lambda_or_we_take_are_refused() -> None:
    variables = {
        "MOTIA_PROJECT": "x",
        "AWS_REGION": "x",
        "_HANDLER": "x",
        "2ND": "x",
        "A-B": "x",
        "Z": "x",
        "FINE_1": "x",
    }
    assert (
        render(environment_problems(variables, "prod.env"))
        == """\
prod.env
  error: MOTIA_PROJECT: the name of the variable is taken
      allowed: names that do not begin with MOTIA_, AWS_, LAMBDA_, _
      do: rename it, in the handlers too
  error: AWS_REGION: the name of the variable is taken
      allowed: names that do not begin with MOTIA_, AWS_, LAMBDA_, _
      do: rename it, in the handlers too
  error: _HANDLER: the name of the variable is taken
      allowed: names that do not begin with MOTIA_, AWS_, LAMBDA_, _
      do: rename it, in the handlers too
  error: 2ND: the name of the variable is not one that Lambda takes
      allowed: letters, digits and _, at least two, the first a letter
  error: A-B: the name of the variable is not one that Lambda takes
      allowed: letters, digits and _, at least two, the first a letter
  error: Z: the name of the variable is not one that Lambda takes
      allowed: letters, digits and _, at least two, the first a letter"""
    )


def test_more_than_a_function_can_have_is_refused() -> None:
    (problem,) = environment_problems({"LONG": "ä" * 2048}, "prod.env")
    assert problem.what == "the variables have 4100 bytes together"


def test_a_deploy_without_the_variables_of_the_project_is_warned_about(tmp_path: Path) -> None:
    assert left_behind(tmp_path) == ()
    (tmp_path / ".env").write_text("AWS_PROFILE=me\nMOTIA_API_KEY=k\n")
    assert left_behind(tmp_path) == ()
    (tmp_path / ".env").write_text("AWS_PROFILE=me\nDATABASE_URL=secret\nMODE=x\n")
    (warning,) = left_behind(tmp_path)
    assert (warning.severity, warning.file, warning.value) == ("warning", ".env", "DATABASE_URL, MODE")
    assert "--env-file" in (warning.remedy or "")
