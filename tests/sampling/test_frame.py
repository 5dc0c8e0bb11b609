"""The canonical frame: one form, and every departure named."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import SurveyError
from survey.sampling.frame import (
    FrameUnit,
    canonical_frame,
    frame_hash,
    read_frame,
    safe_label,
    strata_counts,
)

labels = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=',"|=*'), min_size=1, max_size=8
).map(lambda text: unicodedata.normalize("NFC", text))
frames = st.lists(
    st.builds(FrameUnit, id=labels, stratum=labels, size=st.none()),
    min_size=1,
    max_size=20,
    unique_by=lambda unit: unit.id,
)


def refusal(call, *arguments):
    with pytest.raises(SurveyError) as raised:
        call(*arguments)
    return raised.value.code, str(raised.value)


def test_the_frame_is_sorted_by_id_bytes_with_plain_lines():
    units = [FrameUnit("ü", "北"), FrameUnit("b", "南"), FrameUnit("B", "南"), FrameUnit("0007", "北")]
    assert canonical_frame(units).decode() == "id,stratum\n0007,北\nB,南\nb,南\nü,北\n"


def test_sizes_make_a_third_column():
    assert (
        canonical_frame([FrameUnit("b", "S", 3), FrameUnit("a", "S", 1)])
        == b"id,stratum,size\na,S,1\nb,S,3\n"
    )


def test_decomposed_letters_are_composed_before_they_are_hashed():
    assert canonical_frame([FrameUnit("u\u0308", "S")]) == "id,stratum\nü,S\n".encode()


@given(frames)
def test_what_was_written_reads_back_the_same(units):
    data = canonical_frame(units)
    assert sorted(read_frame(data)) == sorted(units)
    assert canonical_frame(read_frame(data)) == data


@given(frames)
def test_the_frame_does_not_depend_on_the_order_of_its_rows(units):
    assert canonical_frame(units[::-1]) == canonical_frame(units)


def test_reading_keeps_the_order_of_the_file():
    assert [u.id for u in read_frame(b"id,stratum,size\nb,S,2\na,N,1")] == ["b", "a"]


def test_a_frame_can_be_indexed_and_sliced_like_a_list():
    frame = read_frame(b"id,stratum,size\nb,S,2\na,N,1\nc,N,0\n")
    assert frame[1] == FrameUnit("a", "N", 1)
    assert list(frame[1:]) == list(frame)[1:] == [FrameUnit("a", "N", 1), FrameUnit("c", "N", 0)]
    assert read_frame(b"id,stratum\na,N\n")[-1] == FrameUnit("a", "N", None)


def test_the_hash_is_that_of_the_bytes():
    assert frame_hash(b"id,stratum\na,S\n") == hashlib.sha256(b"id,stratum\na,S\n").hexdigest()


@pytest.mark.parametrize("character", [",", '"', "|", "=", "\n", "\r", "\t", "\x00", "\u2028", "\ufeff"])
@pytest.mark.parametrize("field", ["id", "stratum"])
def test_separators_and_control_characters_are_refused_with_row_and_value(field, character):
    bad = FrameUnit("a", "S")._replace(**{field: f"x{character}y"})
    code, message = refusal(canonical_frame, [FrameUnit("z", "S"), bad])
    assert code == "frame-forbidden-character"
    assert "第 2 行" in message
    assert "x" in message


WRONG = [
    (b"", "frame-header", ""),
    (b"id,zone\na,S\n", "frame-header", "id,zone"),
    (b"\xef\xbb\xbfid,stratum\na,S\n", "frame-forbidden-character", "U+FEFF"),
    (b"id,stratum\n", "frame-empty", ""),
    (b"id,stratum\r\na,S\r\n", "frame-forbidden-character", "LF"),
    (b"id,stratum\na,S\nb\n", "frame-columns", "第 3 行"),
    (b"id,stratum\na\nb,S,T\n", "frame-columns", "第 2 行"),
    (b"id,stratum\na,S\n\nb,S\n", "frame-columns", "第 3 行"),
    (b"id,stratum\na,S\n,S\n", "frame-blank", "第 3 行"),
    (b"id,stratum\na,S\nb, S\n", "frame-blank", "第 3 行"),
    (b"id,stratum\na,*\n", "frame-reserved-label", "第 2 行"),
    (b'id,stratum\na,S\n"b",S\n', "frame-forbidden-character", "第 3 行"),
    (b"id,stratum\na,S\nb|c,S\n", "frame-forbidden-character", "b|c"),
    (b"id,stratum\na,S\nb=c,S\n", "frame-forbidden-character", "b=c"),
    (b"id,stratum\na,S\nb,S\na,N\n", "frame-duplicate-id", "第 4 行"),
    (b"id,stratum,size\na,S,x\n", "frame-size", "“x”"),
    (b"id,stratum,size\na,S,-1\n", "frame-size", "-1"),
    ("id,stratum\nu\u0308,S\n".encode(), "frame-not-nfc", "第 2 行"),
    ("id,stratum\na,S\n编号,S\n".encode("gb18030"), "frame-encoding", "第 3 行"),
]


@pytest.mark.parametrize(("data", "code", "named"), WRONG)
def test_a_file_that_is_no_frame_is_refused_naming_row_and_value(data, code, named):
    found, message = refusal(read_frame, data)
    assert found == code
    assert named in message


def test_duplicates_are_found_after_composing():
    assert (
        refusal(canonical_frame, [FrameUnit("ü", "S"), FrameUnit("u\u0308", "N")])[0] == "frame-duplicate-id"
    )


def test_sizes_are_for_everybody_or_nobody():
    assert refusal(canonical_frame, [FrameUnit("a", "S", 1), FrameUnit("b", "S")])[0] == "frame-size"


def test_ids_that_look_like_numbers_stay_text():
    assert [u.id for u in read_frame(b"id,stratum\n0007,S\n7,S\n1e5,S\n")] == ["0007", "7", "1e5"]


def test_strata_are_counted_in_the_order_of_their_labels():
    assert list(strata_counts(read_frame(b"id,stratum\na,T\nb,S\nc,T\n")).items()) == [("S", 1), ("T", 2)]


@given(st.text(max_size=12))
def test_any_zone_name_becomes_a_label_that_a_frame_accepts(text):
    label = safe_label(text)
    assert [u.stratum for u in read_frame(canonical_frame([FrameUnit("a", label)]))] == [label]


def test_ordinary_zone_names_stay_as_they_are():
    assert [safe_label(t) for t in ("片区一", " 三元里  北 ", "A,B", "", "*")] == [
        "片区一",
        "三元里 北",
        "A，B",
        "未分区",
        "＊",
    ]
