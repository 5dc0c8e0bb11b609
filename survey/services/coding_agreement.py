"""编码一致性: how far two coders agree on the words that both have coded, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_
from sqlalchemy.orm import Session, aliased, selectinload

from survey.models.coding import Coding
from survey.models.interview import Verbatim
from survey.models.season import Round
from survey.services import codebooks
from survey.services.coding_words import Words, codable, on_path
from survey.stats.agreement import Alpha, Kappa, cohen, krippendorff
from survey.stats.intervals import Interval, wilson
from survey.verbatim.codebook import Theme

Codes = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Words with both codings, and what was settled."""

    words: Words
    first: Coding
    second: Coding
    settled: Coding | None

    @property
    def differs(self) -> bool:
        return codes_of(self.first) != codes_of(self.second)


@dataclass(frozen=True, slots=True)
class ThemeAgreement:
    """Whether a theme was found, in whatever kind: `first` and `second` found it so often, `both` in the same words."""

    theme: Theme
    kappa: Kappa
    first: int
    second: int
    both: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alike`: words that both gave exactly the same codes, of `n`; `alpha`: over every decision whether a theme that
    either of them used is in a remark; `open`: to be settled."""

    n: int
    alike: int
    share: Interval | None
    alpha: Alpha
    themes: tuple[ThemeAgreement, ...]
    open: tuple[Pair, ...]
    settled: int


def codes_of(coding: Coding) -> Codes:
    return frozenset((code.kind, code.theme) for code in coding.codes)


def agreement(session: Session, round_: Round) -> Agreement:
    """Of the words that two have coded and that still count."""
    both = pairs(session, round_)
    alike = sum(not pair.differs for pair in both)
    return Agreement(
        n=len(both),
        alike=alike,
        share=wilson(alike, len(both)) if both else None,
        alpha=_overall(both),
        themes=_by_theme(codebooks.themes_in_force(session), both),
        open=tuple(pair for pair in both if pair.differs and pair.settled is None),
        settled=sum(pair.settled is not None for pair in both),
    )


def pairs(session: Session, round_: Round, event_id: int | None = None) -> list[Pair]:
    """Words with two codings, in the order of reading; of one event only, where it is given."""
    first, second, settled = (aliased(Coding) for _ in range(3))
    query = (
        codable(round_)
        .join(first, and_(first.event_id == Verbatim.event_id, first.role == "first"))
        .join(second, and_(second.event_id == Verbatim.event_id, second.role == "second"))
        .outerjoin(settled, and_(settled.event_id == Verbatim.event_id, settled.role == "settled"))
        .add_columns(first, second, settled)
        .options(*(selectinload(one.codes) for one in (first, second, settled)))
        .order_by(Verbatim.order_key)
    )
    if event_id is not None:
        query = query.where(Verbatim.event_id == event_id)
    rows = [(Words._make(row[:6]), *row[6:]) for row in session.execute(query)]
    counted = {words.event_id for words in on_path(session, round_, [row[0] for row in rows])}
    return [Pair(*row) for row in rows if row[0].event_id in counted]


def _overall(both: Sequence[Pair]) -> Alpha:
    """Krippendorff's alpha over remark × theme that one of them found anywhere: found or not."""
    used = sorted({theme for pair in both for one in (pair.first, pair.second) for theme in _themes(one)})
    return krippendorff(
        {
            "first": [_found(pair.first, theme) for pair in both for theme in used],
            "second": [_found(pair.second, theme) for pair in both for theme in used],
        }
    )


def _by_theme(book: Sequence[Theme], both: Sequence[Pair]) -> tuple[ThemeAgreement, ...]:
    """Themes that one of the two found, in the order of the codebook."""
    rows = []
    for theme in book:
        first = [_found(pair.first, theme.key) for pair in both]
        second = [_found(pair.second, theme.key) for pair in both]
        found = [one == other == "1" for one, other in zip(first, second, strict=True)]
        if "1" in first or "1" in second:
            rows.append(
                ThemeAgreement(theme, cohen(first, second), first.count("1"), second.count("1"), sum(found))
            )
    return tuple(rows)


def _themes(coding: Coding) -> frozenset[str]:
    return frozenset(code.theme for code in coding.codes)


def _found(coding: Coding, theme: str) -> str:
    return "1" if theme in _themes(coding) else "0"
