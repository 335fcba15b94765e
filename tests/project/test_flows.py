"""Which Steps are in a flow, and which topics lead from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motia.names import step_id
from motia_project.flows import make_flow, make_flows
from motia_project.model import Project, Step, StepType
from motia_project.settings import Settings


def step(name: str, kind: StepType = "event", file: str | None = None, **config: Any) -> Step:
    flows = tuple(config.pop("flows", ["f"]))
    return Step(
        *(name, step_id(name), kind, "python", file or f"steps/{name}_step.py", config, flows),
        subscribes=tuple(config.get("subscribes", ())),
    )


def project(*steps: Step, root: Path = Path("/nowhere")) -> Project:
    return Project(root, Settings(), steps)


def edges(*steps: Step) -> list[tuple[str, str, str]]:
    """(id, variant, topic) of the edges of the flow `f`."""
    return [
        (edge["id"], edge["data"]["variant"], edge["data"]["topic"])
        for edge in make_flow(project(*steps), "f")["edges"]
    ]


def test_steps_are_in_the_flows_they_name_and_in_no_other() -> None:
    flows = make_flows(project(step("a", flows=["x", "y"]), step("b", flows=["y"]), step("c", flows=[])))
    assert {flow["id"]: [found["name"] for found in flow["steps"]] for flow in flows} == {"x": ["a"], "y": ["a", "b"]}
    assert make_flow(project(), "x") == {"id": "x", "name": "x", "steps": [], "edges": []}


def test_an_edge_is_real_only_when_both_its_ends_are() -> None:
    real = {"emits": ["t"]}, {"subscribes": ["t"]}
    drawn = {"virtualEmits": ["t"]}, {"virtualSubscribes": ["t"]}
    for source, target, variant in [
        (real[0], real[1], "event"),
        (real[0], drawn[1], "virtual"),
        (drawn[0], real[1], "virtual"),
        (drawn[0], drawn[1], "virtual"),
        (real[0] | drawn[0], real[1] | drawn[1], "event"),
    ]:
        assert edges(step("a", **source), step("b", **target)) == [("a-b", variant, "t")]


def test_a_step_may_lead_to_itself_and_not_out_of_its_flow() -> None:
    loop = step("a", emits=["t"], subscribes=["t"])
    assert edges(loop, step("b", subscribes=["t"], flows=["other"])) == [("a-a", "event", "t")]


def test_several_topics_between_two_steps_have_ids_of_their_own() -> None:
    source = step("a", emits=["t", "u", "t"], virtualEmits=["v"])
    target = step("b", subscribes=["t", "u"], virtualSubscribes=["v"])
    other = step("c", subscribes=["u"])
    assert edges(source, target, other) == [
        ("a-b", "event", "t"),
        ("a-b-u", "event", "u"),
        ("a-b-v", "virtual", "v"),
        ("a-c", "event", "u"),
    ]


def test_ids_that_would_meet_are_numbered() -> None:
    steps = [
        step("a", emits=["t", "u"]),
        step("b", subscribes=["t", "u"]),
        step("b-u", subscribes=["t", "u"]),
    ]
    ids = [id for id, _, _ in edges(*steps)]
    assert len(set(ids)) == len(ids) == 4


def test_labels_and_conditions_are_on_the_edge() -> None:
    source = step(
        "a", emits=[{"topic": "t", "label": "yes", "conditional": True}, {"topic": "u", "conditional": False}]
    )
    (one, two) = make_flow(project(source, step("b", subscribes=["t", "u"])), "f")["edges"]
    assert one["data"] == {"variant": "event", "topic": "t", "label": "yes", "labelVariant": "conditional"}
    assert two["data"] == {"variant": "event", "topic": "u", "labelVariant": "default"}


def test_a_component_beside_the_file_draws_the_node(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/a_step.jsx").touch()
    steps = make_flow(project(step("a"), step("b", file="src/b.step.ts"), root=tmp_path), "f")["steps"]
    assert [found.get("nodeComponentPath") for found in steps] == ["steps/a_step.jsx", None]
    assert [found["language"] for found in steps] == ["python", "typescript"]


def test_three_hundred_steps_are_drawn_at_once() -> None:
    steps = [step(f"s{n}", emits=[f"t{n + 1}"], subscribes=[f"t{n}"]) for n in range(300)]
    assert len(edges(*steps)) == 299
