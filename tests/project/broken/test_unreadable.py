"""Files that hang, crash or lie outside: reported where they are, and the other files are read all the same."""

from textwrap import dedent

import pytest

from motia_project.checks import validate
from motia_project.discovery import discover
from motia_project.report import render
from step_sources import api

A, B, C = "steps/a_step.py", "steps/b_step.py", "steps/c_step.py"
ENDLESS = "def wait():\n    while True: pass\n\n\nwait()\n"


def test_an_endless_loop_is_cut_off_where_it_is(message_for) -> None:
    assert message_for({A: ENDLESS}, timeout_s=1) == lines("""
        steps/a_step.py
          error: importing the file did not end within 1 s
              do: move what waits or loops into the handler
              Traceback (most recent call last):
                File "steps/a_step.py", line 5, in <module>
                  wait()
                File "steps/a_step.py", line 2, in wait
                  while True: pass
        """)


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(1)",
        "import ctypes; ctypes.string_at(0)",
        "import os; os.kill(os.getpid(), 9)",
        ENDLESS,
        "1 +",
        "exit()",
        "raise KeyboardInterrupt",
        "import os; os.closerange(3, 200)",
    ],
)
def test_the_files_after_a_broken_one_are_read(source, project_of) -> None:
    project = project_of({A: api(name="First"), B: source, C: api(name="Last")}, timeout_s=3)
    assert [step.name for step in project.steps] == ["First", "Last"]
    assert [problem.file for problem in project.problems] == [B]


def test_what_many_steps_import_and_hangs_is_not_waited_for_again_and_again(message_for) -> None:
    files = {f"steps/s{number}_step.py": "import src.slow\n" + api(name=f"S{number}") for number in range(5)}
    said = message_for({**files, "src/slow.py": ENDLESS}, timeout_s=0.3)
    assert said.count("did not end within 0.3 s") == 3
    assert said.startswith(
        lines("""
        project
          error: 2 more files were not read after the others hung
              value: steps/s3_step.py, steps/s4_step.py
        """)
    )


def test_a_link_to_a_step_outside_is_refused(write_project, tmp_path) -> None:
    root = write_project({A: api()})
    (tmp_path / "outside.py").write_text(api(name="Outside"))
    (root / B).symlink_to(tmp_path / "outside.py")
    assert render(validate(discover(root))) == lines("""
        steps/b_step.py
          error: the file is a link that leads out of the project; it is not followed
              do: copy it into the project
        """)


def test_a_link_to_a_folder_outside_is_not_followed(write_project, tmp_path) -> None:
    root = write_project({A: api()})
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "x_step.py").write_text(api(name="Outside"))
    (root / "src").symlink_to(tmp_path / "library")
    (root / "steps" / "library").symlink_to(tmp_path / "library")
    assert render(validate(discover(root))) == lines("""
        steps/library
          warning: the folder is a link that leads out of the project; it is not followed
              do: copy it into the project
        src
          warning: the folder is a link that leads out of the project; it is not followed
              do: copy it into the project
        """)


def test_an_included_link_to_a_file_outside_is_refused(write_project, tmp_path) -> None:
    root = write_project({A: api(includeFiles=["./*.pem"])})
    (tmp_path / "key.pem").write_text("secret")
    (root / "steps" / "key.pem").symlink_to(tmp_path / "key.pem")
    assert render(validate(discover(root))) == lines("""
        steps/a_step.py
          error: includeFiles[0]: takes in steps/key.pem, a link to a file outside the project
              value: ./*.pem
              do: copy the file
        """)


def lines(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_link_that_leads_to_nothing_is_said_to(write_project, message_for) -> None:
    root = write_project({A: api()})
    (root / "steps" / "b.step.ts").symlink_to("nowhere")
    (root / B).symlink_to("../../gone.py")
    (root / "steps" / "notes.txt").symlink_to("nowhere")
    (root / "motia.config.ts").symlink_to("../shared.config.ts")
    expected = """
        steps/b.step.ts
          error: the file is a link to 'nowhere', which does not exist
              do: correct the link or remove it
        steps/b_step.py
          error: the file is a link to '../../gone.py', which does not exist
              do: correct the link or remove it
        motia.config.ts
          error: the file is a link to '../shared.config.ts', which does not exist
              do: correct the link or remove it
        """
    assert message_for({}) == dedent(expected).strip("\n")


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("motia.config.mjs", "motia.config.js"),
        ("motia_config.ts", "motia.config.ts"),
        ("motia-config.py", "motia_config.py"),
        ("Motia.config.tsx", "motia.config.ts"),
    ],
)
def test_a_configuration_of_nearly_the_name_is_not_passed_over(message_for, name: str, right: str) -> None:
    expected = f"""
        {name}
          error: the file is not read because of its name
              do: rename it to {right}
        """
    assert message_for({A: api(), name: "", "motia.config.json": ""}) == dedent(expected).strip("\n")
    assert "warning: the file is not read" in message_for({"motia_config.py": ""})
