"""What the command line gave a place: names and variables of a version, and the door for events of a local server."""

from __future__ import annotations

from conformance.calling import stored, value
from conformance.sentences import contract, sentence
from parity.places import Deployed, Place

ONLY_DEPLOYED = dict.fromkeys(("dev", "start"), "There is no deploy where Steps are served from the project.")


def _deployed(place: Place) -> Deployed:
    assert isinstance(place, Deployed)
    return place


@sentence("CLI commands", "`motia cloud deploy -v` names the version", absent=ONLY_DEPLOYED)
def test_the_version_name(place: Place) -> None:
    assert _deployed(place).outcome["version"] == "v1"


@sentence("CLI commands", "`motia cloud deploy --environment-name` names the environment", absent=ONLY_DEPLOYED)
def test_the_environment_name(place: Place) -> None:
    assert _deployed(place).outcome["environment"] == "parity"


@sentence("CLI commands", "`motia cloud deploy --env-file`: the Steps see the variables", absent=ONLY_DEPLOYED)
def test_the_env_file(place: Place) -> None:
    assert value(place, "environ", "GREETING") == "hello there"


@sentence(
    "CLI commands",
    contract("the variables in .env are seen by the Steps"),
    absent={"emulator": "A deployed version has the variables of its --env-file."},
)
def test_dot_env(place: Place) -> None:
    assert value(place, "environ", "GREETING") == "hello there"


@sentence(
    "CLI commands",
    contract("POST /emit of the local server emits an event"),
    absent={"emulator": "A deployed version has no door for events but its Steps."},
)
def test_the_emit_route(place: Place) -> None:
    answer = place.call("POST", "/emit", {"topic": "typed", "data": {"id": "by-hand", "n": 1}})
    assert (answer.status, answer.json()["success"]) == (200, True)
    assert stored(place, "typed", "by-hand")["data"] == {"id": "by-hand", "n": 1}
