"""Cantonese, Mandarin, traditional and simplified are one for matching and searching."""

import pytest

from survey.verbatim.variants import as_one, read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("冇人嚟", "没有人来"),
        ("冇人嚟", "沒人來"),
        ("佢哋好有心", "他們好有心"),
        ("唔识讲", "不会说"),
        ("嘅", "的"),
        ("换咗社工", "換了社工"),
        ("喺屋企", "在家里"),
        ("揾我", "搵我"),
        ("揾我", "找我"),
        ("睇我", "看我"),
        ("件褛", "件衣服"),
        ("羽絨褸", "羽绒褛"),
        ("係佢", "是她"),
        ("畀咗我", "给了我"),
    ],
)
def test_what_says_the_same_is_the_same(one, other):
    assert as_one(one) == as_one(other)


@pytest.mark.parametrize("words", ["关系很好", "体系", "淹没", "没收", "讲座", "衬衫", "呢绒"])
def test_characters_inside_other_words_stay(words):
    assert as_one(words) == words


def test_the_way_back_leads_to_the_words_as_they_were_typed():
    text = "最後冇人嚟探我哋。"
    reading = read(text)
    start = reading.text.index("没有人来")

    assert reading.text == as_one(text)
    assert text[reading.original(start, start + 4)] == "冇人嚟"
    assert text[reading.original(0, len(reading.text))] == text
