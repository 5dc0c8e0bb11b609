"""What several coders made of the same items: checks, tables of pairs, coincidences.

`Ratings` maps a coder to the code of every item, in one order for all; None: not coded by this coder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized

import numpy as np
from numpy.typing import NDArray

from survey.errors import N_, Invalid

Ratings = Mapping[str, Sequence[str | None]]
CodeSets = Mapping[str, Sequence[frozenset[str] | None]]
Matrix = NDArray[np.float64]


def check_coders(ratings: Mapping[str, Sized]) -> None:
    """Refuse fewer than two coders, and lists of different lengths."""
    if len(ratings) < 2:
        text = N_("只有 %(n)s 名编码员（%(coders)s），至少要两名才能比较。")
        raise Invalid("too-few-coders", text, n=len(ratings), coders="、".join(ratings) or "—")
    (first, items), *others = ((coder, len(given)) for coder, given in ratings.items())
    for coder, length in others:
        if length != items:
            text = N_(
                "编码员“%(first)s”有 %(items)s 条，“%(coder)s”有 %(length)s 条；未编码的请留空，不要省去。"
            )
            raise Invalid("uneven-codings", text, first=first, items=items, coder=coder, length=length)


def codes_used(ratings: Ratings) -> list[str]:
    """The codes that occur, sorted. Refuses a blank code: a missing one is None."""
    check_coders(ratings)
    for coder, given in ratings.items():
        for item, code in enumerate(given, start=1):
            if code is not None:
                _check_code(coder, item, code)
    return sorted({code for given in ratings.values() for code in given if code is not None})


def ordered_codes(ratings: Ratings, order: Sequence[str]) -> list[str]:
    """`order` as a list, once it names every code that occurs, each once."""
    codes_used(ratings)
    book = _without_repeats(order)
    for coder, given in ratings.items():
        for item, code in enumerate(given, start=1):
            if code is not None:
                _check_in_book(coder, item, code, book)
    return book


def codebook(ratings: CodeSets, codes: Sequence[str] | None) -> list[str]:
    """`codes` once they name every code in the sets, each once; without `codes` those that occur, sorted."""
    check_coders(ratings)
    occurring = {code for items in ratings.values() for given in items for code in given or ()}
    book = sorted(occurring) if codes is None else _without_repeats(codes)
    for coder, items in ratings.items():
        for item, given in enumerate(items, start=1):
            for code in given or ():
                _check_code(coder, item, code)
                _check_in_book(coder, item, code, book)
    return book


def counts_per_item(ratings: Ratings, codes: list[str]) -> Matrix:
    """Items by codes: how many coders gave the code."""
    place = {code: column for column, code in enumerate(codes)}
    items = len(next(iter(ratings.values())))
    counts = np.zeros((items, len(codes)))
    for given in ratings.values():
        for item, code in enumerate(given):
            if code is not None:
                counts[item, place[code]] += 1
    return counts


def cross_table(first: Sequence[str | None], second: Sequence[str | None], codes: list[str]) -> Matrix:
    """Codes of the first coder by codes of the second, over the items both coded."""
    place = {code: index for index, code in enumerate(codes)}
    table = np.zeros((len(codes), len(codes)))
    for one, two in zip(first, second, strict=True):
        if one is not None and two is not None:
            table[place[one], place[two]] += 1
    return table


def coincidences(counts: Matrix) -> Matrix:
    """Pairs of codes within an item, each item weighing as many as its codes. Krippendorff (2004), §11.3."""
    paired = counts[counts.sum(axis=1) >= 2]
    share = paired / (paired.sum(axis=1, keepdims=True) - 1)
    found: Matrix = share.T @ paired - np.diag(share.sum(axis=0))
    return found


def _without_repeats(codes: Sequence[str]) -> list[str]:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            raise Invalid("repeated-code", N_("编码“%(label)s”在编码表中出现两次。请删去一个。"), label=code)
    return list(codes)


def _check_code(coder: str, item: int, code: str) -> None:
    if not code.strip():
        text = N_("编码员“%(coder)s”第 %(item)s 条的编码是空白。未编码的请留作缺失。")
        raise Invalid("blank-code", text, coder=coder, item=item)


def _check_in_book(coder: str, item: int, code: str, book: Sequence[str]) -> None:
    if code not in book:
        text = N_("编码员“%(coder)s”第 %(item)s 条的编码“%(label)s”不在编码表中：%(known)s。")
        raise Invalid("unknown-code", text, coder=coder, item=item, label=code, known="、".join(book))
