"""A round with coded words, without the coding desk: what proposing quotes reads."""

from __future__ import annotations

from build import NOON
from build_results import Survey

from survey.models.coding import Code, Coding
from survey.models.interview import Verbatim
from survey.services import codebooks
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
        coding = Coding(
            event_id=verbatim.event_id, round_id=survey.round_.id, coder_id=survey.design.frame.imported_by_id,
            role="first", codebook_id=codebooks.current(session, NOON).id, coded_at=NOON, excerpt="", paraphrase="", stands=True,
        )  # fmt: skip
        session.add(coding)
        session.flush()
        session.add_all(Code(coding_id=coding.id, kind=kind, theme=theme) for kind, theme in codes)
        session.flush()
        session.expire(coding)
    return source_of(session, survey.round_, verbatim.order_key)
