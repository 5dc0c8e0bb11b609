"""Numbers out of cells: any noisy spelling gives the number back, and nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.roster.phones import parse_cell

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
landlines = st.from_regex(r"020[2-8][0-9]{7}", fullmatch=True)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def numbers(value):
    return [phone.number for phone in parse_cell(value).phones]


@st.composite
def noisy_mobiles(draw):
    number = draw(mobiles)
    prefix = draw(st.sampled_from(["", "+86", "+86 ", "86-", "0086", "0086 ", "(+86)", "0"]))
    gap = draw(st.sampled_from(["", " ", "-", "　", "—", "."]))
    spelled = prefix + gap.join((number[:3], number[3:7], number[7:]))
    spelled = spelled.translate(FULL_WIDTH) if draw(st.booleans()) else spelled
    before = draw(st.sampled_from(["", " ", "电话：", "女儿", "儿子:"]))
    return number, before + spelled + draw(st.sampled_from(["", " ", "（女儿）", "(晚上打)", "。"]))


@st.composite
def noisy_landlines(draw):
    number = draw(landlines)
    area = draw(st.sampled_from(["020-", "020 ", "(020)", "（020）", "020", "+86 20 ", "86-020-", ""]))
    gap = draw(st.sampled_from(["", " ", "-"]))
    spelled = area + number[3:7] + gap + number[7:]
    return number, spelled.translate(FULL_WIDTH) if draw(st.booleans()) else spelled


@given(noisy_mobiles())
def test_any_spelling_of_a_mobile_number_gives_the_number_back(pair):
    number, spelled = pair
    assert numbers(spelled) == [number]


@given(noisy_landlines())
def test_any_spelling_of_a_landline_gives_the_number_back_with_its_area(pair):
    number, spelled = pair
    assert numbers(spelled) == [number]


@given(
    st.lists(st.one_of(noisy_mobiles(), noisy_landlines()), min_size=1, max_size=4),
    st.sampled_from("/、；;，\n|"),
)
def test_several_numbers_in_a_cell_are_all_kept_in_order(pairs, separator):
    assert numbers(separator.join(spelled for _number, spelled in pairs)) == [number for number, _ in pairs]


@given(mobiles)
def test_a_mobile_number_stored_as_a_number_is_restored(number):
    cell = parse_cell(float(number))
    assert [p.number for p in cell.phones] == [number] and cell.numeric


@given(landlines)
def test_a_landline_that_lost_its_zero_as_a_number_gets_it_back(number):
    assert numbers(float(number)) == [number]


@given(st.text())
def test_no_text_breaks_the_parser(value):
    assert all(phone.dialable == bool(phone.number) for phone in parse_cell(value).phones)


@pytest.mark.parametrize("value", ["", "无", "没有", "暂无", "—", "/", "N/A", "0", "不详", 0.0, "见备注"])
def test_a_cell_that_says_there_is_none_holds_no_number(value):
    assert parse_cell(value).phones == ()


@pytest.mark.parametrize(
    "value",
    [
        "138****1234",
        "139＊＊＊＊0001",
        "1390000395",
        "139000003951",
        "1.39E+10",
        "020-8600479",
        "8600479",
        1390000395.0,
        "12345",
    ],
)
def test_a_number_that_cannot_be_dialled_is_kept_as_written_and_marked(value):
    [phone] = parse_cell(value).phones
    assert (phone.dialable, phone.number, phone.kind) == (False, "", "unknown") and phone.source


def test_a_landline_keeps_its_extension_apart():
    assert [(p.number, p.extension) for p in parse_cell("020-86000001转803、86000002-12").phones] == [
        ("02086000001", "803"),
        ("02086000002", "12"),
    ]


@pytest.mark.parametrize(
    ("value", "notes"),
    [
        ("13900000001（女儿） 18800000002", ["女儿", ""]),
        ("女儿13900000001，儿子：18800000002", ["女儿", "儿子"]),
        ("13900000001女儿 18800000002儿子", ["女儿", "儿子"]),
        ("13900000001或18800000002", ["", ""]),
    ],
)
def test_a_note_goes_to_the_number_it_stands_beside(value, notes):
    assert [phone.note for phone in parse_cell(value).phones] == notes


def test_scientific_notation_that_kept_every_digit_is_restored():
    cell = parse_cell("1.3900000001E+10")
    assert [p.number for p in cell.phones] == ["13900000001"] and cell.numeric


def test_a_hong_kong_number_is_dialled_with_its_country_code():
    assert [(p.number, p.kind) for p in parse_cell("+852 9123 4567").phones] == [
        ("0085291234567", "overseas")
    ]


def test_full_width_digits_are_reported_and_folded():
    cell = parse_cell("１３９００００００１１")
    assert [p.number for p in cell.phones] == ["13900000011"] and cell.full_width
