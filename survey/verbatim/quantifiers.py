"""How many respondents a quantifier of a report stands for: one table, by which texts are drafted and checked.

有、个别 and so on are written about households (户) interviewed. Each household that counts has one class, so a sentence
can be told to say too much or too little.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from survey.errors import N_, Message

#: 个别 ends here
FEW_AT_MOST = 2
#: 多名 begins with so many, and with this share of the base
SEVERAL_AT_LEAST, SEVERAL_SHARE = 5, 0.1


class Quantity(StrEnum):
    """From none to everybody, ascending. Everybody is a class of words alone: those counts are `MOST` too."""

    NONE = "none"
    FEW = "few"
    SOME = "some"
    SEVERAL = "several"
    MOST = "most"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table: `draft` is what a draft says, `words` are what a checked text may say instead."""

    quantity: Quantity
    draft: str
    words: tuple[str, ...]
    meaning: str


RULES = (
    Rule(
        Quantity.FEW,
        "有",
        ("个别", "极个别", "少数", "一名", "一位", "一户", "两名", "两位", "两户", "有"),
        N_("1 户或 2 户"),
    ),
    Rule(Quantity.SOME, "部分", ("部分", "一些", "若干", "有的"), N_("3 户起，不到“多名”")),
    Rule(
        Quantity.SEVERAL,
        "多名",
        ("多名", "多位", "多户", "不少", "许多", "较多", "众多"),
        N_("5 户起，并且不少于作答户的一成，但不过半"),
    ),
    Rule(
        Quantity.MOST,
        "普遍",
        ("普遍", "大多数", "绝大多数", "大多", "多数", "大部分", "绝大部分", "广大", "主要"),
        N_("超过作答户的一半（至少 3 户）"),
    ),
    Rule(Quantity.ALL, "均", ("全部", "所有", "一致", "全体", "均", "都"), N_("作答户的全部（至少 3 户）")),
)
BY_QUANTITY = {rule.quantity: rule for rule in RULES}

#: whom a report speaks of; 都 and 有 are quantifiers only beside them
SUBJECT = r"(?:受访|服务对象|对象|被访|居民|长者|住户|家庭|群众|家属|户|人士|受助者|残障人士|困境儿童)"
_WORDS = {word: rule.quantity for rule in RULES for word in rule.words}
_LOOSE = frozenset({"有", "均", "都", "一致", "普遍", "大多", "全部", "所有", "全体", "主要"})
_FRONT = "|".join(sorted(_WORDS.keys() - {"有"}, key=len, reverse=True))
_BEHIND = "|".join(sorted(_LOOSE - {"有", "所有"}, key=len, reverse=True))
#: 有 counts somebody where a clause begins: not in 有效, 没有, or 在有需要的对象中
_SOME_HAVE = r"(?<![^，。；：、\s）)也仍另还但])有(?![效关所待助利力序限意机益着])"
#: 部分服务对象, 有视力残障的长者; and behind the subject: 服务对象普遍, 受访对象均
_PATTERN = re.compile(
    rf"(?P<before>{_FRONT}|{_SOME_HAVE})[^，。；、：“”\d]{{0,14}}?{SUBJECT}"
    rf"|{SUBJECT}[^，。；、：\d]{{0,6}}?(?P<behind>{_BEHIND})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A quantifier in a text: where (characters from 0), the word, and what it stands for."""

    start: int
    end: int
    word: str
    quantity: Quantity


def quantity_of(n: int, base: int) -> Quantity:
    """Class of `n` among `base` respondents (户). One or two stay 个别 whatever the base is."""
    if n <= 0:
        return Quantity.NONE
    if n <= FEW_AT_MOST:
        return Quantity.FEW
    if 2 * n > base:
        return Quantity.MOST
    return Quantity.SEVERAL if n >= several_from(base) else Quantity.SOME


def several_from(base: int) -> int:
    """From how many respondents on 多名 may be said."""
    return max(SEVERAL_AT_LEAST, math.ceil(SEVERAL_SHARE * base))


def reach(quantity: Quantity, base: int) -> tuple[int, int]:
    """The least and the most respondents (户) that a quantity stands for; the least above the most: none at all."""
    half = base // 2
    return {
        Quantity.NONE: (0, 0),
        Quantity.FEW: (1, min(FEW_AT_MOST, base)),
        Quantity.SOME: (FEW_AT_MOST + 1, min(several_from(base) - 1, half)),
        Quantity.SEVERAL: (several_from(base), half),
        Quantity.MOST: (max(FEW_AT_MOST, half) + 1, base),
        Quantity.ALL: (max(FEW_AT_MOST + 1, base), base),
    }[quantity]


def bears(quantity: Quantity, n: int, base: int) -> bool:
    """Whether `n` of `base` respondents (户) are what a word of this quantity says, neither fewer nor more."""
    low, high = reach(quantity, base)
    return low <= n <= high


def found_in(text: str) -> list[Found]:
    """Every quantifier that speaks of respondents, in the order of the text."""
    found = []
    for match in _PATTERN.finditer(text):
        name = "before" if match["before"] else "behind"
        word = match[name]
        found.append(Found(match.start(name), match.end(name), word, _WORDS[word]))
    return found


def range_in_words(quantity: Quantity, base: int) -> Message:
    """3 到 9 户, for this base."""
    low, high = reach(quantity, base)
    if low > high:
        return Message(N_("这一基数下没有"))
    if low == high:
        return Message(N_("%(n)s 户"), {"n": low})
    return Message(N_("%(low)s 到 %(high)s 户"), {"low": low, "high": high})
