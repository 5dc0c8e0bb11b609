"""Searching words whichever way they are spelled: the quick way finds just what the thorough one does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.verbatim.variants import as_one, finder

SPOKEN = "冇佢哋嚟咗唔該该嘅揾搵褛衫返屋企成日電话沒没有人來来未到好多系統关系ＡaA1 。"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("没有来", "佢哋冇嚟"),
        ("冇嚟", "他們沒有來過"),
        ("ABC", "ａｂｃ"),
        ("回家", "返屋企"),
        ("经常", "成日打電話"),
        ("*", "五*"),
    ],
)
def test_it_is_found_in_another_spelling(wanted, text):
    assert finder(wanted)(text)


@pytest.mark.parametrize(("wanted", "text"), [("没有来", "冇人嚟"), ("上门", "门上"), ("(人|来)", "人来")])
def test_other_words_are_not_found(wanted, text):
    assert not finder(wanted)(text)


@given(st.text(SPOKEN, max_size=12), st.text(SPOKEN, min_size=1, max_size=3))
def test_the_quick_way_agrees_with_reading_both_texts_through(text, wanted):
    assert finder(wanted)(text) == (as_one(wanted) in as_one(text))
