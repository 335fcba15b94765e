import re

from hypothesis import given
from hypothesis import strategies as st

from motia import names

free_text = st.text(min_size=1, max_size=120)


@given(free_text)
def test_a_step_id_is_made_of_letters_digits_and_dashes(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", names.step_id(name))


@given(free_text, free_text)
def test_different_names_have_different_ids(one: str, other: str) -> None:
    assert (names.step_id(one) == names.step_id(other)) == (one == other)


def test_a_plain_name_is_its_own_id() -> None:
    assert names.step_id("CreateOrder") == "CreateOrder"
    assert names.step_id("create-order") == "create-order"


def test_a_person_recognises_free_text() -> None:
    assert re.fullmatch(r"Cafe-au-lait-[0-9a-f]{6}", names.step_id("Café au lait!"))


@given(free_text, free_text, free_text, free_text, st.booleans(), st.booleans())
def test_names_stay_within_the_limits_of_aws(
    project: str, environment: str, version: str, step: str, fifo: bool, dead: bool
) -> None:
    prefix = names.version_prefix(project, environment, version)
    queue = names.queue_name(prefix, names.step_id(step), fifo=fifo, dead_letter=dead)
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.fifo)?", queue)
    assert len(queue) <= 80
    assert queue.endswith(".fifo") == fifo
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", names.function_name(prefix, names.step_id(step)))


@given(st.lists(free_text, min_size=2, max_size=6, unique=True))
def test_steps_of_one_version_never_share_a_name(steps: list[str]) -> None:
    prefix = names.version_prefix("a project with a rather long name", "production", "2026-11-22.hotfix-7")
    assert len({names.function_name(prefix, names.step_id(step)) for step in steps}) == len(steps)


def test_no_part_of_a_name_can_be_mistaken_for_its_neighbour() -> None:
    one = names.function_name(names.version_prefix("shop", "prod", "v1"), names.step_id("a-b"))
    other = names.function_name(names.version_prefix("shop", "prod", "v1-a"), names.step_id("b"))
    assert one != other
    assert names.environment_prefix("a-b", "c") != names.environment_prefix("a", "b-c")


def test_a_long_prefix_is_shortened_before_the_step() -> None:
    prefix = names.version_prefix("p" * 80, "e" * 40, "v1")
    assert "CreateOrder" in names.function_name(prefix, "CreateOrder")
