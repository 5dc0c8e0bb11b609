"""Diseases by name, and by what their names are made of: an organ, what is wrong with it, how far it has gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from survey.verbatim.found import Found, matches
from survey.verbatim.lexicon import DISEASES, ILL_FORMS, ILL_PLACES, ILL_QUALITIES


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted({*words}, key=len, reverse=True)) + ")"


_QUALITY = f"(?:{_any(ILL_QUALITIES)})?"
_MADE_UP = f"{_any(ILL_PLACES)}{_QUALITY}{_any(ILL_FORMS)}"
_STAGE = "(?:[早中晚末]期|后遗症)?"
_DISEASE = re.compile(f"{_QUALITY}(?:{_any(DISEASES)}|{_MADE_UP}|(?<![a-z])hiv(?![a-z]))症?(?!险){_STAGE}")


def diseases_in(text: str) -> Iterator[Found]:
    """Diseases, in folded `text`."""
    yield from matches("disease", _DISEASE, text)
