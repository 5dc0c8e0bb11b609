"""No change of a certificate or its frame goes unseen, and none of those that decide the draw even with a new digest."""

import copy
import json
from dataclasses import replace

import pytest
from build_certificate import FRAME, certificate, differing
from hypothesis import assume, given
from hypothesis import strategies as st

from survey.errors import Unreadable
from survey.sampling.certificate import certificate_digest, from_json, to_json

TEXT = to_json(certificate())
DATA = json.loads(TEXT)


def places(value, path=()):
    """The path of every object, list and single value in the JSON."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def at(path, data=DATA):
    for key in path:
        data = data[key]
    return data


ALL = [path for path in places(DATA) if path]
PATHS = [
    path
    for path in ALL
    if not isinstance(at(path), dict | list) and (path[0] != "units" or path[1] in (0, 60, 124))
]


def changed(value):
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return "x" if value is None else value + 1


def with_value(path, value):
    data = copy.deepcopy(DATA)
    *way, last = path
    at(way, data)[last] = value
    return json.dumps(data, ensure_ascii=False)


def tampered(path):
    return with_value(path, changed(at(path)))


def seen(text, frame=FRAME):
    """Whether the file is refused or a line of the verification differs."""
    try:
        return bool(differing(from_json(text), frame))
    except Unreadable:
        return True


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_change_of_any_value_is_seen(path):
    assert seen(tampered(path))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 300) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@given(st.sampled_from(ALL), values)
def test_no_other_value_can_stand_anywhere(path, value):
    assume(json.dumps(value) != json.dumps(at(path)))
    assert seen(with_value(path, value))


@given(st.sampled_from(ALL))
def test_nothing_can_be_left_out(path):
    data = copy.deepcopy(DATA)
    *way, last = path
    del at(way, data)[last]
    assert seen(json.dumps(data, ensure_ascii=False))


@given(st.sampled_from([path for path in [(), *ALL] if isinstance(at(path), dict)]), values)
def test_nothing_can_be_added(path, value):
    data = copy.deepcopy(DATA)
    at(path, data)["further"] = value
    assert seen(json.dumps(data, ensure_ascii=False))


@given(st.integers(0, len(TEXT.encode()) - 1), st.integers(0, 255))
def test_a_changed_byte_of_the_file_is_seen_unless_it_says_the_same(position, byte):
    file = bytearray(TEXT.encode())
    file[position] = byte
    try:
        text = file.decode()
        assume(json.loads(text) != DATA)  # a blank more or less, outside of the values
    except ValueError:
        return  # neither UTF-8 nor JSON: what the command then says stands with the command
    assert seen(text)


RESEALED = [
    path
    for path in PATHS
    if path[0] in ("units", "frame", "algorithm", "rule", "drawn_at")
    or path[:2] in (("design", "allocation"), ("design", "reserve"), ("seed", "value"), ("seed", "named_at"))
]
UNSEEN = {("frame", "persons"), ("rule", "target"), ("rule", "confirmation")}


@pytest.mark.parametrize("path", sorted(set(RESEALED) - UNSEEN, key=str), ids=str)
def test_what_decides_the_draw_cannot_be_changed_even_with_a_new_digest(path):
    try:
        made = from_json(tampered(path))
    except Unreadable:
        return
    assert differing(replace(made, certificate_sha256=certificate_digest(made)))


@given(st.integers(0, len(FRAME) - 1), st.binary(max_size=2))
def test_a_frame_with_any_byte_changed_dropped_or_added_is_named(position, instead):
    assume(instead != FRAME[position : position + 1])
    changed_frame = FRAME[:position] + instead + FRAME[position + 1 :]
    assert "抽样框的哈希" in differing(certificate(), changed_frame)


def test_a_frame_of_other_bytes_that_says_the_same_is_another_frame():
    assert differing(certificate(), FRAME[:-1]) == ["抽样框的哈希", "抽签号", "入样的户与顺序", "样本与备用"]
