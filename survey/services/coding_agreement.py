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
    themes = [_themes(pair) for pair in both]
    alike = sum(not pair.differs for pair in both)
    return Agreement(
        n=len(both),
        alike=alike,
        share=wilson(alike, len(both)) if both else None,
        alpha=_overall(themes),
        themes=_by_theme(codebooks.themes_in_force(session), themes),
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


#: themes that the first and that the second found in one remark, in whatever kind
_Themes = tuple[frozenset[str], frozenset[str]]


def _themes(pair: Pair) -> _Themes:
    return frozenset(code.theme for code in pair.first.codes), frozenset(
        code.theme for code in pair.second.codes
    )


def _overall(both: Sequence[_Themes]) -> Alpha:
    """Krippendorff's alpha over remark × theme that one of them found anywhere: found or not."""
    used = sorted({theme for first, second in both for theme in first | second})
    return krippendorff(
        {
            "first": [_yes(theme in first) for first, _ in both for theme in used],
            "second": [_yes(theme in second) for _, second in both for theme in used],
        }
    )


def _by_theme(book: Sequence[Theme], both: Sequence[_Themes]) -> tuple[ThemeAgreement, ...]:
    """Themes that one of the two found, in the order of the codebook."""
    used = {theme for first, second in both for theme in first | second}
    return tuple(_of_theme(theme, both) for theme in book if theme.key in used)


def _of_theme(theme: Theme, both: Sequence[_Themes]) -> ThemeAgreement:
    found = [(theme.key in first, theme.key in second) for first, second in both]
    kappa = cohen([_yes(first) for first, _ in found], [_yes(second) for _, second in found])
    return ThemeAgreement(
        theme,
        kappa,
        first=sum(first for first, _ in found),
        second=sum(second for _, second in found),
        both=found.count((True, True)),
    )


def _yes(found: bool) -> str:
    return "1" if found else "0"
