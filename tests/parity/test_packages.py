"""TypeScript Steps with what such Steps have: npm packages, a native addon, helpers by tsconfig path, JSON files."""

import zlib

import pytest

from parity.places import Place
from waiting import eventually

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(240)]

LINES = ["espresso 2.50", "croissant 3.20"]


@pytest.fixture(scope="module")
def place(packages: Place) -> Place:
    return packages


def test_a_native_addon_a_json_file_and_a_helper_by_tsconfig_path_work(place: Place) -> None:
    answer = place.call("POST", "/checksum", {"items": ["espresso", "croissant"]})
    assert answer.status == 200, answer.body
    checksum = format(zlib.crc32("\n".join(LINES).encode()), "x")
    assert answer.json() == {"lines": LINES, "total": 570, "crc32": checksum}


def test_zod_says_what_is_wrong(place: Place) -> None:
    answer = place.call("POST", "/checksum", {"items": ["unicorn"]})
    assert answer.status == 400
    assert "croissant" in answer.json()["error"]


def test_an_event_goes_through_a_zod_schema(place: Place) -> None:
    sum = place.call("POST", "/checksum", {"items": ["espresso", "croissant"]}).json()["crc32"]
    assert eventually(lambda: place.call("GET", f"/kept/{sum}").json()["lines"], within_s=30) == LINES
