"""What a coder ticks, and how the themes stand on the page: each with its key, its kinds, and what is suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from survey.services.coding import Found
from survey.verbatim.codebook import Theme, in_use
from survey.verbatim.suggestions import Suggestion

#: one key a theme, in the order of the codebook; 1–4 choose the kind, 0 is for nothing to code
KEYS = "abcdefghijklmnopqrstuvwxyz56789"


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme of the desk. `suggested`: kind -> the words that led to it; `ticked`: kinds chosen so far."""

    theme: Theme
    key: str
    suggested: Mapping[str, str]
    ticked: frozenset[str]


def theme_rows(themes: Sequence[Theme], suggestions: Sequence[Suggestion], found: Found) -> list[ThemeRow]:
    """The themes in use; behind the last key the others have none, and are ticked by mouse."""
    offered = in_use(themes)
    keys = KEYS.ljust(len(offered))
    return [
        ThemeRow(
            theme,
            keys[place].strip(),
            {one.kind: one.words for one in suggestions if one.theme == theme.key},
            frozenset(kind for kind, key in found.codes if key == theme.key),
        )
        for place, theme in enumerate(offered)
    ]


def read_found(form: MultiDict[str, str]) -> Found:
    """The codes ticked (`kind:THEME`), whether there is nothing to code, and the two texts."""
    codes = (code.partition(":") for code in form.getlist("code"))
    return Found(
        codes=frozenset((kind, theme) for kind, _, theme in codes),
        nothing="nothing" in form,
        excerpt=form.get("excerpt", "").replace("\r\n", "\n"),
        paraphrase=form.get("paraphrase", "").replace("\r\n", "\n"),
    )


def taken_over(suggestions: Sequence[Suggestion]) -> Found:
    """Every suggestion ticked, for the coder to keep or to take out."""
    return Found(codes=frozenset((one.kind, one.theme) for one in suggestions))
