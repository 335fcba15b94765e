"""Zips that are put together from packs."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motia.errors import ProjectError
from motia_project.bundling.archive import Pack, pack, write_zip

NAMES = st.lists(
    st.text(st.characters(blacklist_characters="\0/\\:", blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12),
    min_size=1,
    max_size=3,
).map("/".join)
CONTENTS = st.one_of(st.binary(max_size=300), st.binary(min_size=1, max_size=4).map(lambda b: b * 5000))


@settings(max_examples=60, deadline=None)
@given(
    first=st.dictionaries(NAMES, st.tuples(CONTENTS, st.booleans()), max_size=8),
    second=st.dictionaries(NAMES, st.tuples(CONTENTS, st.booleans()), max_size=8),
)
def test_whatever_goes_in_comes_out(tmp_path_factory, first, second):
    folder = tmp_path_factory.mktemp("zip")
    chosen = {}
    for number, files in enumerate((first, second)):
        (folder / str(number)).write_bytes(pack((name, *file) for name, file in files.items()))
        source = Pack(folder / str(number))
        chosen |= {entry.path: (source, entry) for entry in source.entries}
    write_zip(folder / "out.zip", list(chosen.values()))
    expected = {**first, **second}
    with zipfile.ZipFile(folder / "out.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(expected)
        for name, (content, executable) in expected.items():
            assert archive.read(name) == content
            assert archive.getinfo(name).external_attr >> 16 == (0o100755 if executable else 0o100644)


def test_the_digest_is_that_of_the_file(tmp_path):
    import hashlib

    (tmp_path / "p").write_bytes(pack([("a", b"a" * 100, False)]))
    source = Pack(tmp_path / "p")
    digest = write_zip(tmp_path / "out.zip", [(source, entry) for entry in source.entries])
    assert digest == hashlib.sha256((tmp_path / "out.zip").read_bytes()).hexdigest()


def test_more_than_a_plain_zip_can_hold_is_refused(tmp_path):
    (tmp_path / "p").write_bytes(pack([("a", b"", False)]))
    source = Pack(tmp_path / "p")
    (entry,) = source.entries
    with pytest.raises(ProjectError, match="65535 files"):
        write_zip(tmp_path / "out.zip", [(source, replace(entry, path=str(number))) for number in range(65535)])
    with pytest.raises(ProjectError, match="do not fit"):
        write_zip(tmp_path / "out.zip", [(source, replace(entry, length=2**32))])


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:-30] + b"x" + data[-29:], lambda _: b"x"]
)
def test_a_damaged_pack_is_recognised(tmp_path, damage):
    (tmp_path / "p").write_bytes(damage(pack([("a", b"content", False)])))
    with pytest.raises(ValueError):
        Pack(tmp_path / "p")


def test_what_does_not_get_smaller_is_stored(tmp_path):
    noise = bytes(range(256))
    (tmp_path / "p").write_bytes(pack([("noise", noise, False), ("text", b"text" * 100, False)]))
    assert [entry.method for entry in Pack(tmp_path / "p").entries] == [0, 8]
