"""What was said in a round, as reports take it: from the themes that were counted and the quotations that were approved."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models.coding import CodebookVersion
from survey.models.quote import Quote
from survey.models.season import Round
from survey.reports.remarks import Quotation, Remarks, ThemeCount
from survey.services import quotes
from survey.services.themes import ThemeResults, ThemeRow


def remarks_of(session: Session, round_: Round, found: ThemeResults) -> Remarks:
    """In Chinese, as the report is."""
    keywords = _keywords(session)
    return Remarks(
        base=found.respondents,
        coded=found.coded,
        uncoded=found.uncoded,
        themes=tuple(_count(row, found.respondents, keywords) for row in found.rows),
        quotations=tuple(map(_quotation, quotes.approved(session, round_))),
    )


def _quotation(quote: Quote) -> Quotation:
    """Words that were never coded have neither kind nor theme."""
    return Quotation(
        form=quote.form,
        text=quote.text,
        kind=quote.kind or "",
        theme=quote.theme or "",
        event_id=quote.event_id,
        is_typical=quote.prevalence == "typical",
    )


def _count(row: ThemeRow, base: int, keywords: Mapping[tuple[str, str], tuple[str, ...]]) -> ThemeCount:
    rate = row.rate if row.may_show else None
    return ThemeCount(
        kind=row.kind,
        key=row.theme,
        name=row.name["zh"],
        n=row.n,
        base=base,
        value=rate.value if rate else None,
        low=rate.low if rate else None,
        high=rate.high if rate else None,
        keywords=keywords.get((row.kind, row.theme), ()),
    )


def _keywords(session: Session) -> dict[tuple[str, str], tuple[str, ...]]:
    """(kind, theme) -> words of the newest codebook; phrases of several words are for remarks, not for reports."""
    last = session.scalar(select(CodebookVersion.content).order_by(CodebookVersion.version.desc()).limit(1))
    return {
        (kind, theme["key"]): tuple(word for word in words if " " not in word)
        for theme in last or ()
        for kind, words in theme.get("keywords", {}).items()
    }
