"""跟进级别: how often or how urgently the station follows a household up, in the station's own words.

Nobody outside the station knows which end of 一级 … 五级 is urgent, so a level is a text and never a number.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from survey.roster.book import Cell, squeezed, tidy
from survey.roster.places import spellings

NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


def level_text(cell: Cell) -> str:
    """The cell's text, full-width characters folded and blanks between Chinese characters gone: 三 级 -> 三级."""
    return unicodedata.normalize("NFKC", tidy(cell))


def level_key(level: str) -> str:
    """三级, 三 级 and 3级 are one level."""
    return squeezed(level).translate(NUMERALS)


def one_spelling_of_levels(written: Mapping[Cell, int]) -> dict[str, str]:
    """Level as written -> as kept: the most frequent of the spellings of one level in this roster."""
    counts = Counter[str]()
    for cell, n in written.items():
        counts[level_text(cell)] += n
    keys = {level: level_key(level) for level in counts}
    kept = spellings(counts.items(), keys)
    return {level: kept[key] for level, key in keys.items()}


def household_level(of_head: str, of_members: Iterable[str]) -> str:
    """The head's level; where the head's cell is blank, the one all members agree on; else "": it is not guessed.

    A household is followed up under one plan, so several levels are never joined into a new one.
    """
    agreed = {level for level in of_members if level}
    return of_head or (agreed.pop() if len(agreed) == 1 else "")
