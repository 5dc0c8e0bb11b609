"""A round with coded words, without the coding desk: what proposing quotes reads."""

from __future__ import annotations

from build_results import Survey

from survey.models.coding import Code
from survey.models.interview import Verbatim
from survey.services.quotable import Source, source_of


def say(survey: Survey, words: str, *codes: tuple[str, str], question: str = "J1", **values) -> Source:
    """One counted interview with these (masked) words, coded as `codes` (kind, theme); no code: not coded."""
    session = survey.session
    interview = survey.interview(words={question: words}, **values)
    verbatim = next(
        one
        for one in session.query(Verbatim).filter_by(round_id=survey.round_.id, masked=words)
        if one.event.interview_id == interview.id
    )
    if codes:
        coding = survey.first_coding(verbatim.event_id)
        session.add_all(Code(coding_id=coding.id, kind=kind, theme=theme) for kind, theme in codes)
        session.flush()
        session.expire(coding)
    return source_of(session, survey.round_, verbatim.order_key)
