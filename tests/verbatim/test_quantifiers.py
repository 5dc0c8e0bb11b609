"""One table from quantifiers to counts: what is drafted by it passes the check by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.verbatim.quantifiers import Quantity, bears, found_in, quantity_of, range_in_words, reach


@pytest.mark.parametrize(
    ("n", "quantity"),
    [
        (0, Quantity.NONE), (1, Quantity.FEW), (2, Quantity.FEW), (3, Quantity.SOME), (9, Quantity.SOME),
        (10, Quantity.SEVERAL), (48, Quantity.SEVERAL), (49, Quantity.MOST), (96, Quantity.MOST),
    ],
)  # fmt: skip
def test_each_count_of_96_households_has_one_quantity(n, quantity):
    assert quantity_of(n, 96) is quantity


def test_one_or_two_are_few_however_small_the_base_is():
    assert {quantity_of(n, base) for base in (2, 3) for n in (1, 2)} == {Quantity.FEW}


@given(st.integers(1, 400), st.data())
def test_every_count_is_borne_by_its_own_quantity_and_by_no_other(base, data):
    n = data.draw(st.integers(1, base))

    drafted = [one for one in Quantity if one is not Quantity.ALL and bears(one, n, base)]

    assert drafted == [quantity_of(n, base)]


def test_everybody_is_most_too():
    assert bears(Quantity.MOST, 40, 40) and bears(Quantity.ALL, 40, 40) and not bears(Quantity.ALL, 39, 40)


def test_a_quantity_that_no_count_reaches_says_so():
    low, high = reach(Quantity.SEVERAL, 6)

    assert low > high
    assert str(range_in_words(Quantity.SEVERAL, 6)) == "这一基数下没有"
    assert str(range_in_words(Quantity.FEW, 6)) == "1 到 2 户"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("受访对象普遍反馈，社工能够定期联系。", ["普遍"]),
        ("多名服务对象对上门探访表达了感谢。", ["多名"]),
        ("有服务对象反映未落实；部分受访的长者希望联系。", ["有", "部分"]),
        ("有视力残障且不懂普通话的服务对象，希望用粤语。", ["有"]),
        ("有效提升了服务对象满意度。", []),
        ("没有服务对象这样说。", []),
        ("在有需要的服务对象中开展。", []),
    ],
)
def test_quantifiers_are_found_where_they_speak_of_respondents(text, words):
    assert [one.word for one in found_in(text)] == words
