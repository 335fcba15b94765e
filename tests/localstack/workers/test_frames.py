"""The frames of docs/worker-protocol.md."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motia_local.workers.python_worker.frames import LIMIT, FrameError, FrameReader, encode

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
frame = st.tuples(st.dictionaries(st.text(), json_values, max_size=5), st.binary(max_size=200))


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(frame, max_size=8), st.data())
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(frames, data):
    stream = b"".join(encode(header, body) for header, body in frames)
    reader, found = FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:size])
        stream = stream[size:]
    assert found == frames


def test_a_frame_is_two_lengths_a_json_object_and_bytes():
    assert encode({"t": "ü"}, b"\x00\xff") == struct.pack("!II", 10, 2) + '{"t":"ü"}'.encode() + b"\x00\xff"


def test_half_a_surrogate_pair_survives():
    assert list(FrameReader().feed(encode({"text": "\ud800"}))) == [({"text": "\ud800"}, b"")]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 8,
        struct.pack("!II", LIMIT, 1),
        struct.pack("!II", 4, 0) + b"nope",
        struct.pack("!II", 2, 0) + b"[]",
        struct.pack("!II", 2, 0) + b"\xff\xfe",
    ],
)
def test_what_is_no_frame_is_an_error(garbage):
    with pytest.raises(FrameError):
        list(FrameReader().feed(garbage))


def test_a_frame_over_the_limit_is_not_made():
    with pytest.raises(FrameError, match="over the limit"):
        encode({}, bytes(LIMIT))
