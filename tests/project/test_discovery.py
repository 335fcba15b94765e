"""Discovery on projects as strangers write them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from motia.errors import ProjectError
from motia_project.checks import require_valid, validate
from motia_project.discovery import discover
from motia_project.model import InvalidProject, Queue
from step_sources import api, cron, event, stream

EXAMPLES = Path(__file__).parents[2] / "examples"
A, B = "steps/a_step.py", "steps/b_step.py"


def test_the_example_is_a_valid_project() -> None:
    project = discover(EXAMPLES / "orders")
    assert validate(project) == ()
    assert {step.type for step in project.steps} == {"api", "event", "cron"}


def test_an_api_step_has_its_route(project_of) -> None:
    (step,) = project_of({A: api(path="/u/:id", method="POST", emits=["b", {"topic": "a", "label": "x"}])}).steps
    assert (step.name, step.id, step.type, step.language, step.file) == ("Hello", "Hello", "api", "python", A)
    assert (step.method, step.path, step.emits) == ("POST", "/u/:id", ("b", "a"))
    assert (step.memory_mb, step.timeout_s, step.has_middleware) == (512, 30, False)
    assert step.config["emits"] == ["b", {"topic": "a", "label": "x"}]


def test_an_event_step_has_its_queue(project_of) -> None:
    infrastructure = {
        "handler": {"ram": 2048, "cpu": 1, "timeout": 60},
        "queue": {"type": "fifo", "maxRetries": 0, "visibilityTimeout": 90, "delaySeconds": 5, "concurrency": 2},
    }
    project = project_of({A: event(infrastructure=infrastructure), B: event(name="Plain")})
    fifo, plain = project.steps
    assert fifo.queue == Queue(fifo=True, max_retries=0, visibility_timeout_s=90, delay_s=5, concurrency=2)
    assert (fifo.memory_mb, fifo.timeout_s) == (2048, 60)
    assert plain.queue == Queue()
    assert project.subscribers("work") == (fifo, plain)


def test_every_part_of_infrastructure_is_optional(project_of) -> None:
    parts = ({}, {"handler": {}}, {"queue": {}}, {"queue": {"type": "fifo"}}, {"handler": {"timeout": 5}}, None)
    files = {f"steps/s{n}_step.py": event(name=f"S{n}", infrastructure=part) for n, part in enumerate(parts)}
    project = project_of(files)
    assert len(project.steps) == len(parts)
    assert project.problems == ()


def test_cron_and_noop_steps_and_streams(project_of) -> None:
    noop = "config = {'type': 'noop', 'name': 'Approval', 'virtualEmits': ['yes'], 'virtualSubscribes': []}\n"
    chat = stream().replace("'baseConfig'", "'canAccess': lambda subscription, auth: True, 'baseConfig'")
    project = project_of({A: cron(timezone="Europe/Berlin"), B: noop, "src/chat_stream.py": chat})
    tick, approval = project.steps
    assert (tick.cron, tick.timezone) == ("0 9 * * *", "Europe/Berlin")
    assert (approval.type, approval.emits) == ("noop", ())
    assert [(s.name, s.file, s.can_access, s.schema) for s in project.streams] == [
        ("chat", "src/chat_stream.py", True, {"type": "object"})
    ]
    assert validate(project) == ()


def test_files_come_in_one_order_and_only_from_the_users_folders(project_of) -> None:
    names = ("src/z_step.py", "steps/b/a_step.py", "steps/a_step.py", "src/a/b_step.py", "steps/b_step.py")
    left_out = (
        "a_step.py", "lib/a_step.py", "steps/node_modules/a_step.py", "steps/.hidden/a_step.py", "src/dist/a_step.py",
        "steps/.a_step.py.swp", "src/.venv/a_step.py", "steps/__pycache__/a_step.py", "steps/a_step.pyc",
        "python_modules/a_step.py", "src/python_modules/a_step.py", "steps/a_steps.txt",
    )  # fmt: skip
    files = {name: api(name=name, path=f"/{number}") for number, name in enumerate(names)}
    project = project_of({**files, **dict.fromkeys(left_out, "raise ValueError('read')")})
    assert [step.file for step in project.steps] == [
        "steps/a_step.py", "steps/b/a_step.py", "steps/b_step.py", "src/a/b_step.py", "src/z_step.py",
    ]  # fmt: skip
    assert project.problems == ()


def test_all_files_are_read_in_one_process_that_is_not_ours(project_of) -> None:
    source = "import os\n" + api().replace("'Hello'", "f'{os.getpid()} {__name__}'")
    project = project_of({A: source, B: source.replace("/hello", "/b")})
    (first, a), (second, b) = (step.name.split() for step in project.steps)
    assert first == second != str(os.getpid())
    assert (a, b) == ("steps.a_step", "steps.b_step")


def test_what_the_users_code_prints_or_leaves_behind_does_not_matter(project_of) -> None:
    noisy = """
        import atexit, os, sys, threading, time
        print("{'file': 'steps/a_step.py'}\\n" * 20000, flush=True)
        sys.stderr.write("x" * 200000)
        os.chdir("/")
        threading.Thread(target=time.sleep, args=(60,)).start()
        atexit.register(time.sleep, 60)
        """
    project = project_of({A: noisy, B: api()})
    assert [step.name for step in project.steps] == ["Hello"]


def test_configurations_are_built_by_any_code(project_of) -> None:
    project = project_of(
        {
            "src/lib/routes.py": """
                from enum import StrEnum


                class Topic(StrEnum):
                    MADE = "order.made"


                def route(name, **more):
                    return {"type": "api", "name": name, "path": f"/{name}", "method": "POST", "emits": [], **more}
                """,
            "src/orders/auth.py": "async def auth(req, context, next_fn):\n    return await next_fn()\n",
            "src/orders/make_step.py": """
                from http import HTTPStatus

                from pydantic import BaseModel, TypeAdapter

                from src.lib.routes import Topic, route

                from .auth import auth


                class Order(BaseModel):
                    amount: int


                config = route(
                    "make",
                    emits={Topic.MADE},
                    bodySchema=TypeAdapter(list[Order]),
                    responseSchema={HTTPStatus.CREATED: Order, 400: Order.model_json_schema()},
                    middleware=(auth,),
                )


                def handler(req):
                    return {"status": 201}
                """,
        }
    )
    assert project.problems == ()
    (step,) = project.steps
    assert step.emits == ("order.made",)
    assert step.has_middleware
    assert step.config["bodySchema"]["type"] == "array"
    assert step.config["responseSchema"]["201"] == step.config["responseSchema"]["400"]
    assert "middleware" not in step.config


def test_any_file_name_and_any_step_name(project_of) -> None:
    project = project_of(
        {
            "steps/My Folder/größe 尺寸_step.py": "from .helper import NAME\n" + api().replace("'Hello'", "NAME"),
            "steps/My Folder/helper.py": "NAME = 'Größe / 尺寸 (neu)'\n",
            "steps/v1.2/get-it.now_step.py": api(name="b", path="/b"),
            "steps/01-first_step.py": api(name="c", path="/c"),
        }
    )
    assert project.problems == ()
    assert [step.name for step in project.steps] == ["c", "Größe / 尺寸 (neu)", "b"]


def test_handlers_of_every_kind(project_of) -> None:
    handlers = (
        "async def handler(req, context): ...",
        "def handler(req): ...",
        "def handler(): ...",
        "def handler(*anything): ...",
        "def handler(req, context, extra=None, *, name='x', **rest): ...",
        "from functools import partial\nhandler = partial(lambda a, req, context: None, 1)",
        "class Handler:\n    async def __call__(self, req, context): ...\nhandler = Handler()",
        "handler = print",
    )
    files = {}
    for number, handler in enumerate(handlers):
        config = api(name=f"S{number}", path=f"/{number}").split("\n", 1)[0]
        files[f"steps/s{number}_step.py"] = f"{config}\n{handler}\n"
    project = project_of(files)
    assert project.problems == ()
    assert len(project.steps) == len(handlers)


def test_a_save_within_the_same_second_is_seen(write_project) -> None:
    root = write_project(
        {A: "from src.names import NAME\n" + api().replace("'Hello'", "NAME"), "src/names.py": "NAME = 'x'"}
    )
    for name in ("a", "b", "c"):
        (root / "src/names.py").write_text(f"NAME = '{name}'")
        assert [step.name for step in discover(root).steps] == [name]
    assert not list(root.rglob("__pycache__"))


def test_the_env_file_is_the_environment_of_the_users_code(project_of, monkeypatch) -> None:
    monkeypatch.setenv("FROM_SHELL", "shell")
    source = "import os\n" + api().replace("'Hello'", "os.environ['FROM_FILE'] + os.environ['FROM_SHELL']")
    project = project_of({A: source, ".env": "FROM_FILE='a b'  # comment\nexport FROM_SHELL=file\n\nEMPTY=\n"})
    assert [step.name for step in project.steps] == ["a bshell"]


def test_a_link_inside_the_project_is_followed_once(write_project) -> None:
    root = write_project({"shared/a_step.py": api(), "steps/keep.txt": ""})
    (root / "steps" / "shared").symlink_to(root / "shared")
    (root / "shared" / "loop").symlink_to(root / "steps")
    project = discover(root)
    assert [step.file for step in project.steps] == ["steps/shared/a_step.py"]


def test_the_projects_own_environment_reads_its_files(write_project) -> None:
    root = write_project({A: "import sys, only_there\n" + api().replace("'Hello'", "sys.prefix")})
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "python_modules"], check=True)
    (site,) = (root / "python_modules" / "lib").glob("python*/site-packages")
    (site / "only_there.py").write_text("")
    project = discover(root)
    assert [step.name for step in project.steps] == [str(root / "python_modules")]


def test_an_environment_that_does_not_start_is_named(write_project) -> None:
    root = write_project({A: api(), "python_modules/bin/python": "#!/bin/sh\necho it is broken >&2\nexit 3\n"})
    (root / "python_modules/bin/python").chmod(0o755)
    with pytest.raises(ProjectError, match=r"does not start: it is broken; .*run `motia install`"):
        discover(root)
    (root / "python_modules/bin/python").write_bytes(b"\0")
    with pytest.raises(ProjectError, match="does not start: Exec format error"):
        discover(root)


def test_a_folder_that_is_not_there_is_an_error(tmp_path) -> None:
    with pytest.raises(ProjectError, match="there is no folder"):
        discover(tmp_path / "nowhere")


def test_require_valid_returns_warnings_and_raises_everything(project_of) -> None:
    warned = project_of({A: api(emits=["lost"])})
    assert [problem.severity for problem in require_valid(warned)] == ["warning"]
    with pytest.raises(InvalidProject) as invalid:
        require_valid(project_of({A: api(emits=["lost"], method="get"), B: api(name=5)}))
    assert invalid.value.what == "the project has 2 problems"
    assert len(invalid.value.problems) == 2


def test_seconds_in_a_schedule_are_warned_of_on_this_machine(project_of) -> None:
    project = project_of({A: cron(cron="*/5 * * * * *")})
    assert [(problem.key, problem.severity) for problem in validate(project, place="local")] == [("cron", "warning")]
    assert [(problem.key, problem.severity) for problem in validate(project)] == [("cron", "error")]


def test_broken_files_do_not_make_topics_look_lost(project_of) -> None:
    project = project_of({A: api(emits=["work"]), B: "1 +"})
    assert [problem.file for problem in validate(project)] == [B]
